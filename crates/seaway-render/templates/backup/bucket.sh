# The dumps in the bucket. What uploads and what downloads source it.
set -eu

# The keys of the dumps, the newest first.
dumps() {
  aws s3api list-objects-v2 --bucket "$DUMP_BUCKET" --prefix "$DUMP_PREFIX/$DUMP_NAME-" --query 'Contents[].Key' --output text |
    tr '\t' '\n' | grep -E "/$DUMP_NAME-[0-9]{8}T[0-9]{6}Z\.(dump|sql\.gz)(\.enc)?$" | sort -r
}
