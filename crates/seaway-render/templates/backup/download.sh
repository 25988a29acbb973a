# Brings a dump of the bucket to the container that restores it: DUMP, or the newest one.
. "${0%/*}/bucket.sh"

if [ -z "${DUMP-}" ]; then
  all=$(dumps)
  newest=$(printf '%s\n' "$all" | head -n 1)
  if [ -z "$newest" ]; then
    echo "there is no dump in s3://$DUMP_BUCKET/$DUMP_PREFIX/" >&2
    exit 1
  fi
  DUMP=${newest##*/}
fi
aws s3 cp --only-show-errors "s3://$DUMP_BUCKET/$DUMP_PREFIX/$DUMP" "$DUMP_FOLDER/$DUMP"
