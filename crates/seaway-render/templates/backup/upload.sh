# Uploads the dump that the container before it made, and only then removes the oldest ones of the bucket.
#
# An object is there once all of it is; its size is compared all the same. A store that fails leaves all dumps where they are.
. "${0%/*}/bucket.sh"

file=$(ls "$DUMP_FOLDER")
key=$DUMP_PREFIX/$file
size=$(wc -c <"$DUMP_FOLDER/$file")
aws s3 cp --only-show-errors "$DUMP_FOLDER/$file" "s3://$DUMP_BUCKET/$key"
found=$(aws s3api head-object --bucket "$DUMP_BUCKET" --key "$key" --query ContentLength --output text)
if [ "$((size))" -ne "$found" ]; then
  echo "$key has $found bytes in the bucket, and $size here" >&2
  exit 1
fi
all=$(dumps)
printf '%s\n' "$all" | tail -n "+$((DUMP_KEEP + 1))" | while read -r old; do
  aws s3api delete-object --bucket "$DUMP_BUCKET" --key "$old"
  echo "removed $old" >&2
done
echo "kept:" >&2
printf '%s\n' "$all" | head -n "$DUMP_KEEP" >&2
