-- Whatever the stream can give again; datasets and the numbering of streams stay.
truncate events, projection, runs, candidates, mutations, outcomes
