"""Live events: one reader for each watched run, fanned out over SSE and WebSockets."""
