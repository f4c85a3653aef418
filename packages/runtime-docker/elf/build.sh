#!/bin/sh
# Builds pause and init for x86_64 and arm64, and writes their bytes to binaries.ts. Needs: gcc-x86-64-linux-gnu gcc-aarch64-linux-gnu (Debian's names).
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

build() { # machine program
  "$1-linux-gnu-gcc" -Os -Wall -Wextra -static -nostdlib -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables \
    -fno-tree-loop-distribute-patterns -mgeneral-regs-only -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,-z,max-page-size=4096 -Wl,-n \
    -Wl,-z,noexecstack -s -o "$out/$2.$1" "$2.c"
  "$1-linux-gnu-objcopy" --remove-section=.comment --remove-section=.eh_frame --remove-section=.note.gnu.property "$out/$2.$1"
  printf '  %s: ' "$2"
  printf '"%s",\n' "$(base64 -w0 "$out/$2.$1")"
}

{
  echo '// Written by build.sh from pause.c and init.c: do not edit. Static ELF programs, base64.'
  echo 'export const binaries = {'
  echo '  amd64: {'
  build x86_64 pause | sed 's/^/  /'
  build x86_64 init | sed 's/^/  /'
  echo '  },'
  echo '  arm64: {'
  build aarch64 pause | sed 's/^/  /'
  build aarch64 init | sed 's/^/  /'
  echo '  },'
  echo '} as const;'
} > "$out/binaries.ts"
mv "$out/binaries.ts" binaries.ts
