# The first push has no commit before it. One that a forced push left behind is fetched by its id.
case "$BEFORE" in
*[!0]*)
  git cat-file -e "$BEFORE^{commit}" || git fetch --quiet origin "$BEFORE" || true
  annals check --base "$BEFORE" --push || echo "annals check exited with $?" >> "$RUNNER_TEMP/failed" ;;
*)
  annals check || echo "annals check exited with $?" >> "$RUNNER_TEMP/failed" ;;
esac
