// Package store is the database.
package store

import _ "database/sql"
