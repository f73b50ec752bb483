# Three projects at work for ten minutes, two of them with progress and budgets; a fourth waits.
fresh 16 5
scene sampled
quiet as consilio request-slots consilio 5 --agents auth,dashboard,api,tests,deploy
quiet as openhorizon request-slots openhorizon 5
quiet as odin request-slots odin 2 --agents parser,docs
quiet as health request-slots health-agent 5 || true
sed -i "s/\"acquired_at\":\"[^\"]*\"/\"acquired_at\":\"$(minutes_ago 10)\"/
  s/\"queued_at\":\"[^\"]*\"/\"queued_at\":\"$(minutes_ago 4)\"/" "$SLOTS"
quiet resource-manager budget total --tokens 1M
report() {
  quiet resource-manager budget allocate "$1" --tokens 100k
  quiet report-usage "$1" --tokens "$2" --progress "$3" --phase "$4"
}
report consilio/auth 30k 60 3/4
report consilio/dashboard 62k 80 4/4
report consilio/api 78k 40 2/4
report consilio/tests 92k 90 4/4
report consilio/deploy 104k 20 1/4
report odin/parser 12k 45 2/3
report odin/docs 40k 70 3/3
