# Brings a dump of the bucket to the container that restores it: DUMP, or the newest one.
. "${0%/*}/bucket.sh"

[ -n "${DUMP-}" ] || DUMP=$(dumps | head -n 1)
DUMP=${DUMP##*/}
if [ -z "$DUMP" ]; then
  echo "there is no dump in s3://$DUMP_BUCKET/$DUMP_PREFIX/" >&2
  exit 1
fi
aws s3 cp --only-show-errors "s3://$DUMP_BUCKET/$DUMP_PREFIX/$DUMP" "$DUMP_FOLDER/$DUMP"
