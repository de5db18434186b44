#!/bin/sh
# Check a DreamDesk bundle with stock tools: sh verify.sh [BUNDLE] [ALLOWED_SIGNERS] [REVOKED_KEYS]
#
# Needs a POSIX shell, awk, sed, sort, find, ssh-keygen, and sha256sum, shasum or openssl. The exit status is 0 if
# nothing was found, 1 if something was, with a line for each fault, 2 if it cannot be told.
#
# Checked is: the lists name every file and folder and no other, with the right hashes; the list is signed by as many
# people as required; every decision is signed by the auditor whose name it bears, and the table of decisions is that of
# the files; every line of training data is one that the provenance names, under a revision that somebody approved and
# that reads as approved; the ledger is one chain that ends where bag-info.txt says.
# Not checked here, but by verify.py: the DSSE envelopes, that each row says what was approved, who may approve what, the
# apply plans for memories, the bodies that the ledger discloses and its Merkle root.

bundle=${1:-$(dirname "$0")}
signers=${2:-$bundle/allowed_signers}
revoked=${3:-}
faults=0
export LC_ALL=C TZ=UTC

fault() {
    faults=$((faults + 1))
    printf 'FAULT: %s\n' "$(printf '%s' "$1" | tr -c '[:print:]' '?')"
}

stop() {
    printf 'It cannot be told: %s\n' "$1"
    exit 2
}

for tool in awk sed sort find ssh-keygen mktemp comm; do
    command -v "$tool" >/dev/null || stop "$tool is not installed"
done
[ -d "$bundle" ] || stop "there is no folder $bundle"
for file in "$signers" ${revoked:+"$revoked"}; do
    [ -f "$file" ] || stop "there is no file $file"
done
signers=$(cd "$(dirname "$signers")" && pwd)/$(basename "$signers")
[ -z "$revoked" ] || revoked=$(cd "$(dirname "$revoked")" && pwd)/$(basename "$revoked")
if command -v sha256sum >/dev/null; then
    hashes() { sha256sum "$@"; }
elif command -v shasum >/dev/null; then
    hashes() { shasum -a 256 "$@"; }
elif command -v openssl >/dev/null; then
    hashes() { openssl dgst -r -sha256 "$@" | sed 's/ \*/  /'; }
else
    stop "neither sha256sum nor shasum nor openssl is installed"
fi
work=$(mktemp -d) || stop "no temporary folder can be made"
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM
cd "$bundle" || stop "the folder $bundle cannot be entered"

# The hashes of the files whose names stand in $1, as a list "hash  name" sorted by name.
hash_list() {
    tr '\n' '\0' <"$1" | xargs -0 sh -c "$hasher"' "$@"' sh 2>/dev/null | sed 's/^\\//; s/  */  /' | sort -k 2
}
if command -v sha256sum >/dev/null; then hasher='sha256sum'; elif command -v shasum >/dev/null; then
    hasher='shasum -a 256'; else hasher='openssl dgst -r -sha256'; fi

# ---- 1. the lists, and the files that are there
for list in manifest-sha256.txt tagmanifest-sha256.txt bag-info.txt bagit.txt; do
    [ -f "$list" ] && [ ! -L "$list" ] || { fault "$list is missing"; exit 1; }
done
for list in manifest-sha256.txt tagmanifest-sha256.txt; do
    if grep -v '^[0-9a-f]\{64\}  [A-Za-z0-9._/-]\{1,\}$' "$list" >"$work/odd" || [ -n "$(tail -c 1 "$list")" ]; then
        fault "$list holds a line that is not in form: $(head -n 1 "$work/odd")"
        exit 1
    fi
done
sed 's/^[0-9a-f]*  //' manifest-sha256.txt | sort >"$work/payload"
sed 's/^[0-9a-f]*  //' tagmanifest-sha256.txt | sort >"$work/tags"
if grep -v '^data/' "$work/payload" >"$work/odd" || grep -E '^(data|signatures)/|^tagmanifest-sha256.txt$' "$work/tags" >"$work/odd"; then
    fault "a list names what it must not: $(head -n 1 "$work/odd")"
fi
sort "$work/payload" "$work/tags" >"$work/listed"
uniq -d "$work/listed" >"$work/odd"
[ ! -s "$work/odd" ] || fault "$(head -n 1 "$work/odd") is listed twice"
find . ! -type f ! -type d | sed 's/^\.\///' >"$work/odd"
while IFS= read -r name; do fault "$name is a link or a device; a bundle holds plain files"; done <"$work/odd"
find . -type f | sed 's/^\.\///' | sort >"$work/files"
grep -v '^signatures/[^/]*$' "$work/files" | grep -v '^tagmanifest-sha256.txt$' >"$work/there"
comm -13 "$work/listed" "$work/there" >"$work/added"
comm -23 "$work/listed" "$work/there" >"$work/missing"
while IFS= read -r name; do fault "$name is not listed"; done <"$work/added"
while IFS= read -r name; do fault "$name is missing"; done <"$work/missing"
awk '{ n = split($0, part, "/"); name = "."; print name
       for (i = 1; i < n; i++) { name = name "/" part[i]; print name } }' "$work/files" | sort -u >"$work/needed"
find . -type d | sort | comm -13 "$work/needed" - >"$work/odd"
while IFS= read -r name; do fault "$name is a folder that holds nothing"; done <"$work/odd"

# ---- 2. every file is as it was listed
comm -12 "$work/listed" "$work/there" >"$work/both"
sort -k 2 manifest-sha256.txt tagmanifest-sha256.txt >"$work/should"
hash_list "$work/both" >"$work/is"
sort "$work/should" >"$work/should.sorted"
sort "$work/is" | comm -13 "$work/should.sorted" - | sed 's/^[0-9a-f]*  //' >"$work/odd"
while IFS= read -r name; do fault "$name was changed"; done <"$work/odd"
[ "$(wc -l <"$work/is")" -eq "$(wc -l <"$work/both")" ] || fault "not every file can be read"
printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' | cmp -s - bagit.txt || fault "bagit.txt is not that of BagIt 1.0"

info() { sed -n "s/^$1: //p" bag-info.txt; }

# The UTC time YYYYMMDDHHMMSS of $1, nanoseconds since 1970 (days to a date: Howard Hinnant, "chrono-compatible
# low-level date algorithms").
stamp() {
    case $1 in *[!0-9]* | '') echo 19700101000000 && return ;; esac
    s=${1%?????????}
    d=$((s / 86400 + 719468))
    r=$((s % 86400))
    era=$((d / 146097))
    doe=$((d - era * 146097))
    yoe=$(((doe - doe / 1460 + doe / 36524 - doe / 146096) / 365))
    doy=$((doe - (365 * yoe + yoe / 4 - yoe / 100)))
    mp=$(((5 * doy + 2) / 153))
    day=$((doy - (153 * mp + 2) / 5 + 1))
    month=$((mp < 10 ? mp + 3 : mp - 9))
    year=$((yoe + era * 400 + (month <= 2 ? 1 : 0)))
    printf '%04d%02d%02d%02d%02d%02d' "$year" "$month" "$day" $((r / 3600)) $((r % 3600 / 60)) $((r % 60))
}

# Whose signature $1 of the file $3 under the namespace $2 at $4 is: a name, or nothing.
signer_of() {
    who=$(ssh-keygen -Y find-principals -f "$signers" -s "$1" -O "verify-time=$4" 2>/dev/null | head -n 1)
    [ -n "$who" ] && ssh-keygen -Y verify -f "$signers" -I "$who" -n "$2" -s "$1" -O "verify-time=$4" \
        ${revoked:+-r "$revoked"} <"$3" >/dev/null 2>&1 && printf '%s' "$who"
}

# ---- 3. the list is signed by those who must
at=$(stamp "$(info DreamDesk-Released-At)")
: >"$work/people"
for file in signatures/*; do
    [ -f "$file" ] || continue
    who=$(signer_of "$file" dreamdesk-bundle tagmanifest-sha256.txt "$at")
    case $file in *.sig) ;; *) who= ;; esac
    # ssh-keygen reads more forms of a signature than it writes; only what it writes is taken here
    sed -n '2,$p' "$file" | sed '$d' | tr -d '\n' >"$work/body"
    {
        echo "-----BEGIN SSH SIGNATURE-----"
        fold -w 70 "$work/body"
        [ $(($(wc -c <"$work/body") % 70)) -eq 0 ] || echo
        echo "-----END SSH SIGNATURE-----"
    } | cmp -s - "$file" || who=
    if [ -z "$who" ]; then
        fault "$file is not a signature of this bundle by somebody who may sign bundles"
    elif grep -qxF -- "$who" "$work/people"; then
        fault "$file is a second signature by $who"
    else
        printf '%s\n' "$who" >>"$work/people"
    fi
done
required=$(info Required-Signatures)
case $required in '' | *[!0-9]*) required=1 ;; esac
there=$(wc -l <"$work/people")
[ "$there" -ge "$required" ] && [ "$there" -ge 1 ] || fault "$((there)) of $required required signatures are there"

# ---- 4. the decisions
folder=data/provenance
number=0
while IFS= read -r line; do
    number=$((number + 1))
    file=$folder/decisions/$number.json
    moment=$(sed 's/.*"at":\([0-9]*\),.*/\1/' "$file" 2>/dev/null)
    who=$(signer_of "$file.sig" dreamdesk-decision "$file" "$(stamp "$moment")")
    if [ -z "$who" ] || ! grep -qF "\"name\":\"$who\",\"role\":" "$file"; then
        fault "decision $number is not signed by the auditor whose name it bears"
    fi
    set -- $(hashes "$file" 2>/dev/null)
    case $line in
    *"\"file\":\"decisions/$number.json\""*"\"sha256\":\"${1:-none}\""*) ;;
    *) fault "decision $number is shown otherwise than it was signed" ;;
    esac
done <"$folder/decisions.jsonl"
ls "$folder/decisions" >"$work/present" 2>/dev/null
[ "$(wc -l <"$work/present")" -eq $((2 * number)) ] || fault "there are other decisions than those in decisions.jsonl"

# ---- 5. the lines of the training data, and the revisions that they come from
# Each line of the file $1, without its line feed, in a file of its own in the folder $2; then their hashes in order.
line_hashes() {
    rm -rf "$2" && mkdir "$2" || return
    awk -v dir="$2" '{ file = sprintf("%s/%09d", dir, NR); printf "%s", $0 > file; close(file) }' "$1"
    (cd "$2" && find . -type f | sort >../names && tr '\n' '\0' <../names | xargs -0 $hasher) | sed 's/^\([0-9a-f]*\).*/\1/'
}
if [ -f "$folder/rows.jsonl" ]; then
    sed -n 's/.*"revision_sha256":"\([0-9a-f]*\)".*"verdict":"approve".*/\1/p' "$folder/decisions.jsonl" | sort -u >"$work/approved"
    line_hashes "$folder/revisions.jsonl" "$work/lines" | sort -u >"$work/revisions"
    sed 's/.*"file":"\([^"]*\)".*"line":\([0-9]*\),.*"revision_sha256":"\([0-9a-f]*\)","sha256":"\([0-9a-f]*\)".*/\1 \2 \4 \3/' \
        "$folder/rows.jsonl" >"$work/rows"
    cut -d ' ' -f 4 "$work/rows" | sort -u >"$work/named"
    comm -23 "$work/named" "$work/approved" >"$work/odd"
    [ ! -s "$work/odd" ] || fault "a row comes from a revision that nobody approved: $(head -n 1 "$work/odd")"
    comm -23 "$work/named" "$work/revisions" >"$work/odd"
    [ ! -s "$work/odd" ] || fault "a row comes from a revision that is not here: $(head -n 1 "$work/odd")"
    cut -d ' ' -f 1 "$work/rows" | sort -u >"$work/formats"
    while IFS= read -r name; do
        [ -f "data/$name" ] || { fault "rows.jsonl names $name, which is not there"; continue; }
        awk -v name="$name" '$1 == name { print $2, $3 }' "$work/rows" | sort -n | cut -d ' ' -f 2 >"$work/should"
        line_hashes "data/$name" "$work/lines" | cmp -s - "$work/should" || fault "$name holds other lines than rows.jsonl names"
    done <"$work/formats"
fi

# ---- 6. the ledger
events=data/audit/events.jsonl
head=$(info DreamDesk-Audit-Head)
line_hashes "$events" "$work/lines" >"$work/chain"
{ [ ! -s "$events" ] || printf '%064d\n' 0; sed '$d' "$work/chain"; } >"$work/should"
sed 's/.*"prev":"\([0-9a-f]*\)".*/\1/' "$events" | cmp -s - "$work/should" || fault "the ledger is not one chain"
sed 's/.*"seq":\([0-9]*\).*/\1/' "$events" | awk '$1 != NR { odd = 1 } END { exit odd }' || fault "the ledger is not numbered from 1 on"
last=$(tail -n 1 "$work/chain")
[ "$head" = "$(($(wc -l <"$work/chain"))) ${last:-$(printf '%064d' 0)}" ] || fault "the ledger does not end where bag-info.txt says"
[ "$(sed -n 2p data/audit/checkpoint.txt)" = "$(($(wc -l <"$work/chain")))" ] || fault "the checkpoint is not that of the ledger"

[ "$faults" -eq 0 ] || exit 1
printf 'Nothing was found. Signed by: %s.\n' "$(tr '\n' ',' <"$work/people" | sed 's/,$//; s/,/, /g' | tr -c '[:print:]' '?')"
[ "$#" -ge 0 ] && [ "$signers" != "$(pwd)/allowed_signers" ] ||
    echo "The keys are those that the bundle itself names. Give your own list of signers to be sure of them."
