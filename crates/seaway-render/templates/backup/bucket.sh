# The dumps in the bucket. What uploads and what downloads source it.
set -eu

# The keys of the dumps, the newest first. A store that does not answer is no empty one.
dumps() {
  found=$(aws s3api list-objects-v2 --bucket "$DUMP_BUCKET" --prefix "$DUMP_PREFIX/$DUMP_NAME-" --query 'Contents[].Key' --output text) || exit 1
  printf '%s\n' "$found" | tr '\t' '\n' | grep -E "/$DUMP_NAME-[0-9]{8}T[0-9]{6}Z\.(dump|sql\.gz)(\.enc)?$" | sort -r
}
