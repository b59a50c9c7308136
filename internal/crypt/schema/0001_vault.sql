-- The vault of keys: a database of its own, so that no backup of the platform's
-- database holds a key. What is kept here is wrapped by a key-encryption key
-- that lives in a file and in neither database.

-- One data key for each subject. wrapped is overwritten with zeros when the
-- subject is forgotten; the row stays, so that no second key is ever made.
-- kek names the key-encryption key it is wrapped under.

-- +goose Up
CREATE TABLE crypt_key (
    subject      BIGINT NOT NULL CHECK (subject > 0),
    kek          BIGINT NOT NULL,
    wrapped      BYTEA NOT NULL,
    made_at      BIGINT NOT NULL,
    forgotten_at BIGINT,
    CONSTRAINT crypt_key_once PRIMARY KEY (subject)
);
CREATE INDEX crypt_key_kek ON crypt_key (kek, subject);

-- One row: the key of the blind index, which all subjects share.
CREATE TABLE crypt_index (
    id      BIGINT NOT NULL CHECK (id = 1),
    kek     BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    CONSTRAINT crypt_index_once PRIMARY KEY (id)
);

-- +goose Down
DROP TABLE crypt_index;
DROP TABLE crypt_key;
