# Brings a dump of the bucket to the container that restores it.
set -eu
aws s3 cp --only-show-errors "s3://$DUMP_BUCKET/$DUMP_PREFIX/$DUMP" "$DUMP_FOLDER/$DUMP"
