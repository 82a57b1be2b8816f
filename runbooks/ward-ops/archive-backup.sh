# Puts a second copy of the final SQLite backup into the archive and proves that it is the same.
# BACKUP and SHA256 are facts of the backup step; CUTOVER_VAR_ARCHIVE is the folder. Run by `bash -euo pipefail`.

umask 077
mkdir -p "$CUTOVER_VAR_ARCHIVE"
copy="$CUTOVER_VAR_ARCHIVE/$(basename "$BACKUP")"

if [ -e "$copy" ]; then
  echo "$copy is there already; looking whether it is the same"
else
  cp -- "$BACKUP" "$copy.part"
  mv -- "$copy.part" "$copy"
fi

echo "$SHA256  $copy" | sha256sum --check --quiet
echo "archived as $copy, $(wc -c < "$copy") bytes, sha256 $SHA256"
