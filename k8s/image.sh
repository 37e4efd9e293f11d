#!/usr/bin/env bash
# Builds the container image of all roles, without a container engine: ./likeness images
set -eu -o pipefail
HERE=$(cd -P "$(dirname "$0")" && pwd)
ROOT=$(dirname "$HERE")
usage() {
  cat <<'HELP'
Usage: likeness images [--name NAME] [--tag TAG] [--base IMAGE] [--docker | --push]
Builds one image for all roles with Jib. By default it is written to k8s/target/likeness-image.tar, which docker, podman and
containerd load.
  --name NAME   of the image, with its registry if it is to be pushed (likeness)
  --tag TAG     of the image (0.1.0)
  --base IMAGE  what it stands on, with a Java 25 at /opt/java or on the PATH. By default a base is made here: a Java of only the
                modules needed, and the six Debian packages it stands on. That needs apt-get, dpkg-deb and a JDK 25, no engine and
                no registry. Elsewhere name one, such as eclipse-temurin:25-jre.
  --docker      into the local container engine
  --push        to the registry of NAME, with the credentials that docker login left
Exit codes: 0 built, 1 failed, 2 wrong usage.
HELP
}
say() { printf 'likeness: %s\n' "$*" >&2; }
name=likeness tag=0.1.0 base='' goal=buildTar
while [ $# -gt 0 ]; do
  case $1 in
    --name | --tag | --base)
      [ $# -gt 1 ] || { say "$1 needs a value"; exit 2; }
      case $1 in --name) name=$2 ;; --tag) tag=$2 ;; --base) base=$2 ;; esac
      shift ;;
    --docker) goal=dockerBuild ;;
    --push) goal=build ;;
    -h | --help) usage; exit 0 ;;
    *) say "images does not know $1 (likeness images --help tells more)"; exit 2 ;;
  esac
  shift
done

WORK=$HERE/target/image
MODULES=java.se,java.smartcardio,jdk.charsets,jdk.crypto.cryptoki,jdk.incubator.vector,jdk.jfr,jdk.localedata,jdk.management
MODULES=$MODULES,jdk.naming.dns,jdk.net,jdk.security.auth,jdk.unsupported,jdk.zipfs
PACKAGES="libc6 libgcc-s1 libstdc++6 base-files netbase tzdata"

layer() { # FOLDER NAME: a layer whose bytes depend on nothing but the files
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$1" -cf "$WORK/$2.tar" .
  sha256sum "$WORK/$2.tar" | cut -d' ' -f1
}

make_base() {
  local tool java system
  for tool in apt-get dpkg-deb sha256sum tar; do
    command -v "$tool" >/dev/null || { say "makes a base image from Debian packages and finds no $tool: name one with --base IMAGE"; exit 1; }
  done
  rm -rf "$WORK" && mkdir -p "$WORK/packages" "$WORK/system" "$WORK/java/opt"
  say "making the base: a Java of $(echo $MODULES | tr ',' '\n' | wc -l) modules on $(echo $PACKAGES | wc -w) packages"
  # shellcheck disable=SC2086
  (cd "$WORK/packages" && apt-get -qq download $PACKAGES 2>"$WORK/apt.log") || { cat "$WORK/apt.log" >&2; exit 1; }
  for package in "$WORK"/packages/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$WORK/system" --exclude='./usr/share/doc*' --exclude='./usr/share/man*' \
      --exclude='./usr/share/lintian*'
  done
  # Any user may write there, nobody anywhere else.
  mkdir -p "$WORK/system/tmp" "$WORK/system/var/lib/likeness" && chmod 1777 "$WORK/system/tmp"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nlikeness:x:10001:10001:likeness:/tmp:/sbin/nologin\n' >"$WORK/system/etc/passwd"
  printf 'root:x:0:\nlikeness:x:10001:\n' >"$WORK/system/etc/group"
  "$JAVA_HOME/bin/jlink" --add-modules "$MODULES" --strip-debug --no-man-pages --no-header-files --compress zip-6 --output "$WORK/java/opt/java"
  system=$(layer "$WORK/system" system)
  java=$(layer "$WORK/java" java)
  case $(uname -m) in aarch64 | arm64) arch=arm64 ;; *) arch=amd64 ;; esac
  cat >"$WORK/config.json" <<JSON
{"architecture":"$arch","os":"linux","config":{"Env":["PATH=/opt/java/bin:/usr/bin:/bin"]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$system","sha256:$java"]},
 "history":[{"created_by":"Debian packages"},{"created_by":"jlink"}]}
JSON
  echo '[{"Config":"config.json","RepoTags":["likeness-base:latest"],"Layers":["system.tar","java.tar"]}]' >"$WORK/manifest.json"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$WORK" -cf "$WORK/base.tar" manifest.json config.json system.tar java.tar
  rm -rf "$WORK/packages" "$WORK/system" "$WORK/java" "$WORK/system.tar" "$WORK/java.tar"
}

if [ -z "$base" ]; then
  # Made anew when what it is made of is changed here; for newer packages remove the folder.
  [ "$WORK/base.tar" -nt "$HERE/image.sh" ] || make_base
  base=tar://$WORK/base.tar
else
  mkdir -p "$WORK"
fi
cd "$ROOT"
mvn -B -q -DskipTests -Dquick -Pimages -Dimage.goal="$goal" -Dimage.base="$base" -Dimage.name="$name:$tag" \
  -Dimage.tar="$HERE/target/likeness-image.tar" package -pl standalone -am
if [ "$goal" = buildTar ]; then
  say "built $name:$tag: k8s/target/likeness-image.tar, $(du -m "$HERE/target/likeness-image.tar" | cut -f1) MiB; docker load -i takes it"
else
  say "built $name:$tag"
fi
