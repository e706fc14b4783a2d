# Gets annals once per version, from where ANNALS_INSTALL says: a Git address and revision, a wheel or a path.
case "$ANNALS_INSTALL" in
'' | -*)
  echo 'set the variable ANNALS_INSTALL to where annals comes from (ADDRESS@REVISION of a Git repository, a wheel, or a path), or write it into this file with annals init --install' >&2
  exit 1 ;;
esac
version=$(printf %s "$ANNALS_INSTALL" | git hash-object --stdin)
[ ! -e "$ANNALS_INSTALL" ] || version=$version-$(git rev-parse HEAD)
bin=$ANNALS_HOME/$version/bin
if [ ! -x "$bin/annals" ]; then
  rm -rf "$bin"
  mkdir -p "$bin"
  case "$ANNALS_INSTALL" in
  *.whl)
    case "$ANNALS_INSTALL" in
    http://* | https://*) curl --silent --show-error --fail --location --output "$bin/annals.whl" "$ANNALS_INSTALL" ;;
    *) cp "$ANNALS_INSTALL" "$bin/annals.whl" ;;
    esac
    python3 -m zipfile -e "$bin/annals.whl" "$bin/wheel"
    cp "$bin"/wheel/*.data/scripts/annals "$bin/annals"
    chmod +x "$bin/annals" ;;
  *)
    revision=${ANNALS_INSTALL##*@}
    address=${ANNALS_INSTALL%@*}
    if [ -f "$ANNALS_INSTALL" ]; then
      cp "$ANNALS_INSTALL" "$bin/annals"
      chmod +x "$bin/annals"
    elif [ -d "$ANNALS_INSTALL" ]; then
      cargo install --locked --path "$ANNALS_INSTALL" --root "$ANNALS_HOME/$version"
    else
      case "$revision" in
      '' | *[/:]*)
        echo "ANNALS_INSTALL is $ANNALS_INSTALL, which is no path and names no revision: write ADDRESS@REVISION" >&2
        exit 1 ;;
      esac
      cargo install --locked --git "${address#git+}" --rev "$revision" --root "$ANNALS_HOME/$version" annals
    fi ;;
  esac
fi
