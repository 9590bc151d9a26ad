#!/bin/sh
# A backup of an output directory, while runs may go on:  deploy/backup.sh /srv/readouts/output /backup/readouts
# Run it in the checkout, as the user that runs Readouts. Needs rsync. The second backup copies what is new.
set -eu
from=$1
to=$2
mkdir -p "$to"

# The ledger first: files only grow, so that those copied later hold all that it speaks of. VACUUM INTO copies a ledger
# in use whole, which cp does not.
rm -f "$to/ledger.db.new"
.venv/bin/python -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("VACUUM INTO ?", sys.argv[2:])' \
    "$from/ledger.db" "$to/ledger.db.new"

# Then the lines, then the captures they cite.
rsync --archive --exclude='/ledger.db*' --exclude=/locks --exclude=/archive "$from/" "$to/"
if [ -d "$from/archive" ]; then
    # Twice: a file that is closed meanwhile changes its name, of which 24 warns, and must not be missed.
    rsync --archive "$from/archive" "$to/" || [ $? -eq 24 ]
    rsync --archive "$from/archive" "$to/" || [ $? -eq 24 ]
    for open in "$to"/archive/*/*.open; do
        if [ -e "${open%.open}" ]; then rm "$open"; fi
    done
fi

mv "$to/ledger.db.new" "$to/ledger.db"
