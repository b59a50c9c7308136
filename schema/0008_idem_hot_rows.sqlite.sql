-- PostgreSQL only; the number is kept so that both engines count alike.

-- +goose Up
SELECT 1;

-- +goose Down
SELECT 1;
