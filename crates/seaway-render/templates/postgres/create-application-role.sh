# Runs once, when the data folder is made: gives the application a role and a database of its own.
# The role is no superuser, so a leaked application password opens one database and nothing else. It may read statistics of the
# server (pg_monitor), as an exporter of metrics does that logs in with it.
# Sourced by the entry point of the official image, which has bash, psql and the superuser over the socket.
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\set username `printf '%s' "$APP_USERNAME"`
\set database `printf '%s' "$APP_DATABASE"`
\set password `cat "$APP_PASSWORD_FILE"`
CREATE ROLE :"username" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"username";
REVOKE CONNECT ON DATABASE :"database" FROM PUBLIC;
GRANT pg_monitor TO :"username";
SQL
