#!/bin/sh
# Write the index to standard output.
rows=""
for page in `ls -t pages/*.txt`; do
    name=`basename $page .txt`
    title=`head -1 $page`
    rows="$rows<li><a href=\"$name.html\">$title</a></li>\n"
done
cat templates/index.html | sed "s/{{rows}}/$rows/"
