if [ -s "$RUNNER_TEMP/failed" ]; then
  cat "$RUNNER_TEMP/failed"
  exit 1
fi
