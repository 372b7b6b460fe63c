-- What devices are asked, counted and sorted by, column by column for each site.
-- The indices that served this before were most of what storing a device took.

-- sheet.go: derived. What is missing here is made from the tables when the file is
-- opened.
CREATE TABLE sheet (
	id   INTEGER PRIMARY KEY, -- site << 8 | number of the column in store.sheetColumns; 255: row ids of the devices
	data BLOB NOT NULL
) STRICT;
CREATE TRIGGER sheet_gone AFTER DELETE ON site BEGIN
	DELETE FROM sheet WHERE id BETWEEN old.id << 8 AND old.id << 8 | 255;
END;

DROP INDEX device_name;
DROP INDEX device_kind;
DROP INDEX device_maker;
DROP INDEX device_maker_id;
DROP INDEX device_model;
DROP INDEX device_firmware;
DROP INDEX device_place;
DROP INDEX device_bytes_up;
DROP INDEX device_first;
DROP INDEX device_last;
DROP INDEX device_changed;
DROP INDEX reach_country;
DROP INDEX reach_controller_id;
DROP INDEX reach_controller;
DROP INDEX change_at;
