# Waits until a database has extensions: sh wait-for-extensions.sh SECONDS NAME...
# Init container of a migrate Job, in the image of the server. psql finds all but the password in PGHOST, PGPORT, PGUSER and
# PGDATABASE. Exits with 1 after that many seconds.
set -eu
trap 'exit 143' TERM
PGPASSWORD=$(cat "$APP_PASSWORD_FILE")
export PGPASSWORD PGCONNECT_TIMEOUT=5
end=$(($(date +%s) + $1))
shift

missing() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --set=wanted="$*" <<'SQL'
SELECT string_agg(name, ' ') FROM unnest(string_to_array(:'wanted', ' ')) AS wanted (name)
WHERE name NOT IN (SELECT extname FROM pg_extension);
SQL
}

while :; do
  if absent=$(missing "$@"); then
    if [ -z "$absent" ]; then exit 0; fi
    echo "waiting for extensions: $absent"
  else
    echo "waiting for PostgreSQL at $PGHOST:$PGPORT"
  fi
  if [ "$(date +%s)" -ge "$end" ]; then
    echo "gave up: look at the Job $CREATED_BY and its logs"
    exit 1
  fi
  sleep 2
done
