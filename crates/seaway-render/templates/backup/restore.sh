# Loads a dump into the database: what is there goes, what is in the dump comes.
#
# Reads DUMP, the name of the dump; without it, the newest one is loaded.
#
# PostgreSQL does it in one transaction: whatever fails, the database is what it was. MySQL and MariaDB have no such transaction: the
# dump is proven first, and a run that fails leaves a part of it; run it again.
. "${0%/*}/database.sh"

[ -n "${DUMP-}" ] || DUMP=$(dumps | head -n 1)
file=$DUMP_FOLDER/$DUMP
if [ ! -f "$file" ]; then
  say "there is no dump ${DUMP:-in $DUMP_FOLDER}"
  exit 1
fi
case $DUMP in
*.enc)
  if [ -z "${ENCRYPTION_KEY_FILE-}" ]; then
    say "$DUMP is encrypted, and there is no key"
    exit 1
  fi
  ;;
*) unset ENCRYPTION_KEY_FILE ;;
esac
proven "$file"
failed=$WORK/failed
rm -f "$failed"

if [ "$DUMP_PROTOCOL" = postgresql ]; then
  # Extensions and the schema `public` belong to others, who made them; they are there, and stay.
  grep -v -e ' COMMENT - EXTENSION ' -e ' SCHEMA - public ' -e ' COMMENT - SCHEMA public ' "$WORK/contents" >"$WORK/wanted"
  {
    # With one transaction, pg_restore writes a BEGIN of its own, and a COMMIT once it has come to its end.
    echo 'BEGIN; SET client_min_messages = error;'
    cat "${0%/*}/clear.sql"
    opened "$file" | pg_restore --single-transaction --no-owner --no-privileges --use-list="$WORK/wanted" --file=- || : >"$failed"
  } | psql --no-psqlrc --quiet --no-password --set=ON_ERROR_STOP=1 --output=/dev/null
  [ ! -e "$failed" ] || exit 1
  # A dump has no statistics before PostgreSQL 18, and plans without them are bad.
  PGOPTIONS='-c client_min_messages=error' psql --no-psqlrc --quiet --no-password --command=ANALYZE
else
  client() {
    $CLIENT --defaults-extra-file="$LOGIN" --default-character-set=utf8mb4 "$@"
  }
  forms=$(client --batch --skip-column-names --execute="SELECT CONCAT(default_character_set_name, ' COLLATE ', default_collation_name) FROM information_schema.schemata WHERE schema_name = DATABASE()" "$database")
  name=$(printf '%s' "$database" | sed 's/`/``/g')
  client --execute="DROP DATABASE IF EXISTS \`$name\`; CREATE DATABASE \`$name\` CHARACTER SET ${forms:-utf8mb4}"
  { opened "$file" || : >"$failed"; } | client "$database"
  [ ! -e "$failed" ] || exit 1
fi
say "$DUMP is loaded: $(wc -l <"$WORK/tables") tables"
