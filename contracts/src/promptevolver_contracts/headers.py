"""Message header names."""

MSG_ID = "Nats-Msg-Id"
EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_SUBJECT = "Nats-Expected-Last-Subject-Sequence-Subject"
INCREMENT = "Nats-Incr"
BATCH_ID = "Nats-Batch-Id"
BATCH_SEQUENCE = "Nats-Batch-Sequence"
BATCH_COMMIT = "Nats-Batch-Commit"

TYPE = "PE-Type"
RUN = "PE-Run"
PRODUCER = "PE-Producer"

DEAD_REASON = "PE-Dead-Reason"
DEAD_SUBJECT = "PE-Dead-Subject"
DEAD_SEQUENCE = "PE-Dead-Sequence"
DEAD_ATTEMPTS = "PE-Dead-Attempts"
DEAD_CONSUMER = "PE-Dead-Consumer"
