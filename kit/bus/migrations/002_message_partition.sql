-- Readers of a partition go straight to where they are, however many messages are kept.
create index message_partition on message (partition, id);
