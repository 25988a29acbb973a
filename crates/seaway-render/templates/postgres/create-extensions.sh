# Creates the extensions of a database that is there already, as the superuser. A second run changes nothing.
# Main container of a Job, in the image of the server. psql finds server and user in PGHOST, PGPORT and PGUSER.
set -eu
trap 'exit 143' TERM
PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
export PGPASSWORD PGCONNECT_TIMEOUT=5
# The deadline of the Job ends it.
until pg_isready --quiet; do
  echo "waiting for PostgreSQL at $PGHOST:$PGPORT"
  sleep 2
done
exec psql --no-psqlrc --set=ON_ERROR_STOP=1 --dbname=postgres --file="${0%/*}/create-extensions.sql"
