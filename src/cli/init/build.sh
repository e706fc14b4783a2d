code=0
annals build --out public || code=$?
# 1: something in the record could not be read, and everything else was built.
case "$code" in
0) ;;
1) echo "annals build exited with 1" >> "$RUNNER_TEMP/failed" ;;
*) exit "$code" ;;
esac
