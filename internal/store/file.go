package store

// File is the name of the hub's database in its folder.
const File = "lenscap.db"
