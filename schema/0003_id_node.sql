-- Node numbers of id sources. A number is leased until until_at (0: free) under
-- an epoch that grows with every holder; whoever writes the row names the epoch
-- he read. Every id ever issued under the number lies before issued_before_at:
-- the next holder starts there.

-- +goose Up
CREATE TABLE id_node (
    node             BIGINT PRIMARY KEY CHECK (node >= 0 AND node < 1024),
    holder           TEXT NOT NULL,
    epoch            BIGINT NOT NULL,
    until_at         BIGINT NOT NULL,
    issued_before_at BIGINT NOT NULL
);
INSERT INTO id_node (node, holder, epoch, until_at, issued_before_at)
WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 1023)
SELECT n, '', 0, 0, 0 FROM number;

-- +goose Down
DROP TABLE id_node;
