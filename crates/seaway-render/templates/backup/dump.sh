# Dumps a database, proves the dump, and only then removes the oldest ones.
#
# A dump that is not whole has another name and goes with the run, so each file that is called like a dump is one. If anything fails, a
# full volume among it, the run ends with an error and the dumps that were there stay.
. "${0%/*}/database.sh"

mkdir -p "$DUMP_FOLDER"
# What runs left that were killed; one that is still going may write to its own.
find "$DUMP_FOLDER" -name '.partial-*' -type f -mmin "+$DUMP_MINUTES" -exec rm -f {} +
stamp=$(date -u +%Y%m%dT%H%M%SZ)
name=$DUMP_NAME-$stamp.$SUFFIX
partial=$DUMP_FOLDER/.partial-$name.${HOSTNAME:-$$}
failed=$WORK/failed
trap 'rm -f "$partial"' EXIT
trap 'exit 143' INT TERM
rm -f "$failed"

written() {
  if [ "$DUMP_PROTOCOL" = postgresql ]; then
    pg_dump --format=custom --no-password
    return
  fi
  # Without these, mysqldump asks for rights that the user of one database does not have.
  if [ $DUMPS = mysqldump ]; then set -- --set-gtid-purged=OFF --no-tablespaces; else set --; fi
  $DUMPS --defaults-extra-file="$LOGIN.dump" --single-transaction --quick --routines --triggers --events --hex-blob \
    --default-character-set=utf8mb4 "$@" "$database"
}

{ written || : >"$failed"; } | sealed >"$partial"
if [ -e "$failed" ]; then
  say "the dump of $database failed; the dumps that were there stay"
  exit 1
fi
proven "$partial"
sync
mv "$partial" "$DUMP_FOLDER/$name"
say "$name: $(wc -l <"$WORK/tables") tables, $(wc -c <"$DUMP_FOLDER/$name") bytes"

# Without a number, another container takes the dump on.
[ -n "${DUMP_KEEP-}" ] || exit 0
dumps | tail -n "+$((DUMP_KEEP + 1))" | while read -r old; do
  rm -f "$DUMP_FOLDER/$old"
  say "removed $old"
done
say "kept:"
dumps >&2
