# The command of a run: proves by a file in $1 that it is alive and which lease it has, for $2 seconds.
set -- "$1" "$2" $(cat /proc/$$/stat)
echo "$$ ${24} $RESOURCE_MANAGER_LEASE" > "$1/$$.new"
mv "$1/$$.new" "$1/$$"
sleep "$2"
rm "$1/$$"
exit 7
