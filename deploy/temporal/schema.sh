#!/bin/sh
# Creates Temporal's two databases and brings their schemas up to date. It may be repeated: what is there stays.
# Server, port, user, password and plugin come from SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN.
set -eu
schemas=${TEMPORAL_SCHEMAS:-/etc/temporal/schema/postgresql/v12}

for name in temporal temporal_visibility; do
  folder=${name#temporal_}
  temporal-sql-tool --database "$name" create-database
  temporal-sql-tool --database "$name" setup-schema -v 0.0
  temporal-sql-tool --database "$name" update-schema -d "$schemas/$folder/versioned"
done
