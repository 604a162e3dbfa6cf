#!/usr/bin/env python3
"""Puts `#[supervised]` on the async functions of published crates: the tables of README.md.

For each crate of crates.toml, with the source that cargo downloads:

1. The crate's own tests run unchanged. Those that pass are the baseline.
2. A probe takes the place of the attribute, and tells which functions this build has, and which of
   them the tests run.
3. `#[supervised]` goes on all that this build has. A function with an error loses it again, and is
   counted by its reason, until the crate compiles; then one after the other is tried alone, as an
   error may have been another's.
4. The same tests run again.

foster is a dependency in each step, so that the attribute is all that differs.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from functions import Function, functions

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PERMISSIVE = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "Unlicense"}
TEST = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)", re.MULTILINE)
# What foster rejects in a body because it is told to.
BY_DESIGN = re.compile("that this scope does not own|that nobody owns")
# Error text, and the limit of `#[supervised]` that it shows.
LIMITS = [
    (re.compile(r"await occurs here on type `impl .*Future<Output = .*which is not `Send`"),
     "its output is not `Send`, which a scope holds while it waits for children"),
]
CALL = re.compile(r"(\w+)\(")
FALSE = "false"
DESIGN = "by design"


class Site(NamedTuple):
    """A function of the crate, and the file that it is in."""

    file: str
    function: Function

    def __str__(self):
        return f"{self.file}:{self.function.line} `{self.function.name}`"


class Rejection(NamedTuple):
    site: Site
    reason: str
    error: str


class Build(NamedTuple):
    ok: bool
    diagnostics: list[dict]
    # (target's name, path) of each test binary.
    binaries: list[tuple[str, str]]


def say(*words):
    print(*words, file=sys.stderr, flush=True)


class Crate:
    """A copy of a published crate, the attributes on its functions, and its builds."""

    def __init__(self, name, pinned, work, attribute):
        self.name, self.pinned, self.attribute = name, pinned, attribute
        self.version = pinned["version"]
        self.work = work
        self.root = work / f"{name}-{self.version}"
        self.license = self.fetch()
        self.prepare()
        self.sources = {
            str(path.relative_to(self.root)): path.read_bytes().decode("latin-1")
            for folder in ("src", "tests")
            for path in sorted((self.root / folder).rglob("*.rs"))
        }
        self.sites = [Site(file, function) for file, text in self.sources.items()
                      for function in functions(text)]

    def fetch(self):
        """Copies the source out of cargo's registry, and returns the license."""
        scratch = self.work / "fetch" / self.name
        (scratch / "src").mkdir(parents=True, exist_ok=True)
        (scratch / "src/lib.rs").touch()
        (scratch / "Cargo.toml").write_text(
            '[package]\nname = "fetch"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n'
            f'{self.name} = {{ version = "={self.version}", default-features = false }}\n')
        out = subprocess.run(["cargo", "metadata", "--format-version", "1"], cwd=scratch,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        package = next(p for p in json.loads(out)["packages"]
                       if (p["name"], p["version"]) == (self.name, self.version))
        licenses = set(re.findall(r"[\w.-]+", package["license"])) - {"OR", "AND"}
        if not licenses <= PERMISSIVE:
            sys.exit(f"{self.name}: {package['license']} is not on the list of permissive licenses")
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(Path(package["manifest_path"]).parent, self.root)
        (self.root / "Cargo.lock").unlink(missing_ok=True)
        return package["license"]

    def prepare(self):
        """Makes foster a dependency, and leaves out what is not built."""
        for file in self.pinned.get("leave-out", []):
            (self.root / file).write_text("")
        manifest = self.root / "Cargo.toml"
        text = manifest.read_text()
        for name in self.pinned.get("without", []):
            table = rf"^\[dev-dependencies\.{re.escape(name)}\]\n(?:[^\[\n].*\n|\n|\])*"
            text, found = re.subn(table, "", text, flags=re.MULTILINE)
            if not found:
                sys.exit(f"{self.name}: there is no dev-dependency {name}")
        for name, path in [("foster", REPOSITORY / "core"), ("foster-probe", self.work / "probe"),
                           ("foster-ran", self.work / "ran")]:
            text += f'\n[dependencies.{name}]\npath = "{path}"\n'
        manifest.write_text(text + "\n[workspace]\n")

    def write(self, attributes):
        """Puts the attributes, text by site, on the functions, and none on the rest."""
        by_file = {}
        for site, attribute in attributes.items():
            by_file.setdefault(site.file, []).append((site.function.start, attribute))
        for file, text in self.sources.items():
            for start, attribute in sorted(by_file.get(file, []), reverse=True):
                text = f"{text[:start]}{attribute} {text[start:]}"
            path, content = self.root / file, text.encode("latin-1")
            if path.read_bytes() != content:
                path.write_bytes(content)

    def build(self, environment=None):
        pinned = self.pinned
        command = ["cargo", "build", "--tests", "--keep-going", "--message-format", "json"]
        if not pinned.get("default-features", True):
            command.append("--no-default-features")
        if pinned.get("features"):
            command += ["--features", ",".join(pinned["features"])]
        done = subprocess.run(command, cwd=self.root, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True,
                              env={**os.environ, **(environment or {})})
        diagnostics, binaries = [], []
        for line in done.stdout.splitlines():
            message = json.loads(line)
            if f"{self.root}" not in message.get("package_id", ""):
                continue
            if message["reason"] == "compiler-message":
                diagnostics.append(message["message"])
            elif message["reason"] == "compiler-artifact" and message["profile"]["test"]:
                target = message["target"]
                binaries.append((f"{target['kind'][0]} {target['name']}", message["executable"]))
        if done.returncode != 0 and not any(d["level"] == "error" for d in diagnostics):
            sys.exit(f"{self.name}: {done.stderr[-4000:]}")
        return Build(done.returncode == 0, diagnostics, sorted(binaries))

    def test(self, build, environment=None):
        """The outcome of each test, by binary and name."""
        outcomes = {}
        for target, binary in build.binaries:
            for name, outcome in self.run(binary, ["--test-threads", "2"], environment):
                # A test that depends on the time of day is not the attribute's fault.
                tries = 2 if outcome == "FAILED" else 0
                while outcome == "FAILED" and tries:
                    again = dict(self.run(binary, ["--exact", name], environment))
                    outcome, tries = again.get(name, outcome), tries - 1
                outcomes[target, name] = outcome
        return outcomes

    def run(self, binary, arguments, environment):
        try:
            done = subprocess.run([binary, *arguments], cwd=self.root, timeout=600,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env={**os.environ, "CARGO_MANIFEST_DIR": str(self.root),
                                       **(environment or {})})
            out = done.stdout
        except subprocess.TimeoutExpired as timeout:
            out = timeout.stdout or b""
        return TEST.findall(out.decode(errors="replace"))

    def blame(self, diagnostic, on):
        """The innermost function with the attribute that a diagnostic points into; else one that is
        called where it points."""
        primary = [span for span in diagnostic["spans"] if span["is_primary"]]
        other = [span for span in diagnostic["spans"] if not span["is_primary"]]
        for child in diagnostic["children"]:
            other += child["spans"]
        for span in primary + other:
            while span:
                site = self.at(span, on)
                if site:
                    return site
                span = span["expansion"] and span["expansion"]["span"]
        called = {name for span in primary + other for line in span["text"]
                  for name in CALL.findall(line["text"])}
        return next((site for site in on if site.function.name in called), None)

    def at(self, span, on):
        """The innermost of the sites with the attribute around a span."""
        starts = sorted(site.function.start for site in on if site.file == span["file_name"])
        wide = len(self.attribute) + 1

        def moved(offset, inclusive):
            return offset + wide * sum(start < offset + inclusive for start in starts)

        around = [site for site in on if site.file == span["file_name"]
                  and moved(site.function.start, 0) <= span["byte_start"]
                  and span["byte_end"] <= moved(site.function.end, 0)]
        return max(around, key=lambda site: site.function.start, default=None)


def reason_of(diagnostic):
    text = diagnostic["rendered"]
    if diagnostic["code"] is None and BY_DESIGN.search(text):
        return DESIGN
    return next((limit for pattern, limit in LIMITS if pattern.search(text)), FALSE)


def supervise(crate, sites):
    """Puts the attribute on as many functions as compile."""
    on, rejections = list(sites), {}
    while True:
        crate.write(dict.fromkeys(on, crate.attribute))
        build = crate.build()
        errors = [d for d in build.diagnostics if d["level"] == "error" and d["spans"]]
        if build.ok:
            return on, rejections, build
        blamed = {}
        for error in errors:
            site = crate.blame(error, on)
            # Of several errors the one by design: what the others say may follow from it.
            if site and (site not in blamed or reason_of(error) == DESIGN):
                blamed[site] = Rejection(site, reason_of(error), error["rendered"])
        if not blamed:
            sys.exit(f"{crate.name}: no function to blame for\n"
                     + "\n".join(error["rendered"] for error in errors))
        say(f"  {len(blamed)} rejected: {Counter(r.reason for r in blamed.values())}")
        rejections |= blamed
        on = [site for site in on if site not in blamed]


def reconsider(crate, on, rejections, build):
    """Tries those alone whose error may have been another's."""
    doubtful = [r.site for r in rejections.values() if r.reason != DESIGN]
    for site in doubtful:
        crate.write(dict.fromkeys([*on, site], crate.attribute))
        again = crate.build()
        if again.ok:
            say(f"  taken back: {site}")
            on, build = [*on, site], again
            del rejections[site]
    if doubtful:
        crate.write(dict.fromkeys(on, crate.attribute))
        build = crate.build()
    return on, build


def warnings(crate, build, on):
    """The warnings of each function, and of `None` those outside of all."""
    found = {}
    for diagnostic in build.diagnostics:
        if diagnostic["level"] == "warning" and diagnostic["spans"]:
            # Rendered, it has columns, which the attribute moves.
            key = (diagnostic["message"], diagnostic["spans"][0]["file_name"],
                   diagnostic["spans"][0]["line_start"])
            found[key] = (crate.blame(diagnostic, on), diagnostic["rendered"])
    return found


def try_crate(crate):
    say(f"{crate.name} {crate.version}: {len(crate.sites)} async functions")
    crate.write({})
    plain = crate.build()
    if not plain.ok:
        sys.exit(f"{crate.name} does not build unchanged:\n" + "\n".join(
            d["rendered"] for d in plain.diagnostics if d["level"] == "error"))
    baseline = crate.test(plain)
    passed = [test for test, outcome in baseline.items() if outcome == "ok"]
    say(f"  baseline: {Counter(baseline.values())}")

    marks = crate.work / "marks" / crate.name
    shutil.rmtree(marks, ignore_errors=True)
    (marks / "built").mkdir(parents=True)
    (marks / "ran").mkdir()
    crate.write({site: f"#[::foster_probe::at({index})]" for index, site in enumerate(crate.sites)})
    probed = crate.build({"FOSTER_BUILT": str(marks / "built")})
    if not probed.ok:
        sys.exit(f"{crate.name} does not build with the probe:\n" + "\n".join(
            d["rendered"] for d in probed.diagnostics if d["level"] == "error"))
    crate.test(probed, {"FOSTER_RAN": str(marks / "ran")})
    built = {crate.sites[int(path.name)] for path in (marks / "built").iterdir()}
    ran = {crate.sites[int(path.name)] for path in (marks / "ran").iterdir()}
    say(f"  {len(built)} in this build, {len(ran)} run by tests")

    on, rejections, build = supervise(crate, sorted(built))
    on, build = reconsider(crate, on, rejections, build)
    outcomes = crate.test(build)
    failed = [test for test in passed if outcomes.get(test) != "ok"]
    before = warnings(crate, plain, [])
    new = [warning for key, warning in warnings(crate, build, on).items() if key not in before]
    say(f"  {len(on)} supervised, {len(failed)} of {len(passed)} tests fail, "
        f"{len(new)} new warnings")
    return {
        "crate": crate, "built": built, "on": on, "ran": ran & set(on), "passed": passed,
        "failed": failed, "rejections": list(rejections.values()), "warnings": new,
    }


PROBE = r"""
//! Tells which functions a build has, and has each tell when it runs.
use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

#[proc_macro_attribute]
pub fn at(id: TokenStream, item: TokenStream) -> TokenStream {
    if let Ok(folder) = std::env::var("FOSTER_BUILT") {
        std::fs::write(format!("{folder}/{id}"), "").unwrap();
    }
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop() else { panic!("a body") };
    let mut inner: Vec<TokenTree> = body.stream().into_iter().collect();
    let mut start = 0;
    while inner.get(start).is_some_and(|token| token.to_string() == "#")
        && inner.get(start + 1).is_some_and(|token| token.to_string() == "!")
    {
        start += 3;
    }
    let rest = inner.split_off(start);
    let mark: TokenStream = format!("::foster_ran::ran({id});").parse().unwrap();
    let content = inner.into_iter().chain(mark).chain(rest).collect();
    let mut marked = Group::new(Delimiter::Brace, content);
    marked.set_span(body.span());
    tokens.push(TokenTree::Group(marked));
    tokens.into_iter().collect()
}
"""

RAN = r"""
use std::sync::Mutex;

static SEEN: Mutex<Vec<u32>> = Mutex::new(Vec::new());

pub fn ran(id: u32) {
    let Ok(folder) = std::env::var("FOSTER_RAN") else { return };
    let mut seen = SEEN.lock().unwrap();
    if !seen.contains(&id) {
        seen.push(id);
        let _ = std::fs::write(format!("{folder}/{id}"), "");
    }
}
"""


def write_probe(work):
    for name, kind, source in [("probe", "proc-macro = true", PROBE), ("ran", "", RAN)]:
        (work / name / "src").mkdir(parents=True, exist_ok=True)
        (work / name / "src/lib.rs").write_text(source.lstrip())
        (work / name / "Cargo.toml").write_text(
            f'[package]\nname = "foster-{name}"\nedition = "2024"\n\n[lib]\n{kind}\n\n'
            "[workspace]\n")


HEADER = ["crate", "license", "async fns", "supervised, compiled", "run by tests",
          "rejected by design", "by a known limit", "falsely", "with new warnings", "tests",
          "tests passed"]


def report(results):
    rows = []
    for result in results:
        crate = result["crate"]
        by = Counter(rejection.reason for rejection in result["rejections"])
        rows.append([f"{crate.name} {crate.version}", crate.license, len(result["built"]),
                     len(result["on"]), len(result["ran"]), by[DESIGN],
                     by.total() - by[DESIGN] - by[FALSE], by[FALSE],
                     len({site for site, _ in result["warnings"]}),
                     len(result["passed"]), len(result["passed"]) - len(result["failed"])])
    rows.append([f"{len(results)} crates", "", *(sum(row[i] for row in rows)
                                                 for i in range(2, len(HEADER)))])
    print("|", " | ".join(HEADER), "|")
    print("|---" * len(HEADER) + "|")
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")


def details(results):
    for result in results:
        crate = result["crate"]
        for rejection in result["rejections"]:
            if rejection.reason == DESIGN:
                headline = rejection.error.splitlines()[0]
                print(f"\n- {crate.name} {rejection.site}: {rejection.reason}: {headline}")
                continue
            function = rejection.site.function
            source = crate.sources[rejection.site.file][function.start:function.end]
            source = source.encode("latin-1").decode()
            print(f"\n- {crate.name} {rejection.site}: {rejection.reason}\n")
            print(f"```text\n{rejection.error}```\n\n```rust\n{source}\n```")
        for target, name in result["failed"]:
            print(f"\n- {crate.name} {target}: the test `{name}` fails")
        for site, text in result["warnings"]:
            print(f"\n- {crate.name} {site}: new warning\n\n```text\n{text}```")


def main():
    pinned = tomllib.loads((HERE / "crates.toml").read_text())
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("crates", nargs="*", metavar="CRATE", help="only these of crates.toml")
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "target/real-code",
                           help="where the copies of the crates go")
    arguments.add_argument("--attribute", default="#[::foster::supervised]")
    arguments.add_argument("--details", action="store_true",
                           help="each rejection, failed test and new warning after the table")
    options = arguments.parse_args()
    if unknown := set(options.crates) - set(pinned):
        arguments.error(f"not in crates.toml: {', '.join(unknown)}")
    work = options.work.resolve()
    os.environ.setdefault("CARGO_TARGET_DIR", str(work / "target"))
    for profile in ("DEV", "TEST"):
        os.environ.setdefault(f"CARGO_PROFILE_{profile}_DEBUG", "0")
        os.environ.setdefault(f"CARGO_PROFILE_{profile}_OPT_LEVEL", "0")
    toolchain = tomllib.loads((REPOSITORY / "rust-toolchain.toml").read_text())
    os.environ.setdefault("RUSTUP_TOOLCHAIN", toolchain["toolchain"]["channel"])
    write_probe(work)
    results = []
    for name in options.crates or pinned:
        results.append(try_crate(Crate(name, pinned[name], work, options.attribute)))
    report(results)
    if options.details:
        details(results)


if __name__ == "__main__":
    main()
