# Lists the dumps, the newest last.
set -eu
if [ -n "${DUMP_BUCKET-}" ]; then
  aws s3 ls "s3://$DUMP_BUCKET/$DUMP_PREFIX/"
else
  ls -l "$DUMP_FOLDER"
fi
