"""A proof for a person."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from statistics import median

from rich.console import Console
from rich.text import Text

from nstutor.errors import Fault
from nstutor.proof.languages import LanguageProof
from nstutor.proof.model import Finding, LessonProof, StepProof
from nstutor.text.i18n import PRIMARY, _

INDENT = " " * 8
WIDEST = 78


NO_POINTS = "no step gives a point, so nobody can pass: {#id .required} makes a look or a question count"


def show(proof: LessonProof, console: Console) -> None:
    """Print one lesson: a line for each step, and below it what is held against it, at its place."""
    _show_head(proof, console)
    for fault in proof.faults:
        console.print(Text(str(fault)), soft_wrap=True)
    if proof.error:
        console.print(Text(f"  {proof.error}", "red"), soft_wrap=True)
    if not proof.readable:
        return
    width = max(len(step.id) for step in proof.steps)
    for step in proof.steps:
        _show_step(step, width, proof, console)
    _show_findings(proof.findings, proof, console)
    for language in proof.languages:
        _show_language(language, console)
    if not proof.points:
        console.print(Text(f"  {NO_POINTS}", "yellow"), soft_wrap=True)
    _show_times(proof, console)
    console.print(Text(f"  {_summary(proof)}", "" if proof.proved else "bold"), soft_wrap=True)


def _show_head(proof: LessonProof, console: Console) -> None:
    """The file, and how much of it there is in each language."""
    name = Text(f"  {os.path.basename(proof.path)}{_variant(proof)}", "bold")
    shares = {PRIMARY: 100} | {one.language: one.percent for one in proof.languages} if proof.readable else {}
    covered = "  ".join(f"{language} {percent} %" for language, percent in shares.items())
    gap = max(4, min(console.width, WIDEST) - name.cell_len - len(covered))
    console.print(Text.assemble(name, " " * gap if covered else "", covered), soft_wrap=True)


def _show_language(proof: LanguageProof, console: Console) -> None:
    """What is held against a translation; what it lacks in full where it must lack nothing."""
    for fault in proof.faults:
        console.print(Text(str(fault)), soft_wrap=True)
    _show_faults((*proof.findings, *(proof.missing if proof.demanded else ())), console)
    if proof.missing and not proof.demanded:
        first = proof.missing[0]
        message = _("{missing} of {of} pieces are not translated ({language}), the first in line {line}")
        told = message.format(missing=len(proof.missing), of=proof.of, language=proof.language, line=first.line)
        console.print(Text(f"{INDENT}{told}", "dim"), soft_wrap=True)


def _variant(proof: LessonProof) -> str:
    return "" if proof.seed is None else "  " + _("with the seed {seed}").format(seed=proof.seed)


def _show_step(step: StepProof, width: int, proof: LessonProof, console: Console) -> None:
    sign = Text("✗", "red") if step.findings else Text("✓", "green")
    console.print(Text.assemble("   ", sign, f" {step.id:<{width}}  ", _facts(step)), soft_wrap=True)
    _show_findings(step.findings, proof, console)


def _facts(step: StepProof) -> str:
    """What was found of the step, in a few words."""
    if step.findings and not (step.mutants or step.equivalent):
        return "not proved"
    facts = ["may hold before" if step.already else "fails before", "passes after"] if not step.findings else []
    facts += [count(step.alternatives, "alternative")] if step.alternatives else []
    facts += [count(step.wrongs, "wrong attempt")] if step.wrongs else []
    facts += [f"noticed {step.noticed}/{step.mutants}"] if step.mutants else []
    return " · ".join(facts)


def _show_findings(findings: Sequence[Finding], proof: LessonProof, console: Console) -> None:
    _show_faults(map(proof.located, findings), console)


def _show_faults(faults: Iterable[Fault], console: Console) -> None:
    for fault in faults:
        number = str(fault.line)
        console.print(Text(f"{INDENT}{fault.message}", "red"), soft_wrap=True)
        console.print(Text(f"{INDENT}{fault.path}:{fault.line}:{fault.column}", "dim"), soft_wrap=True)
        console.print(Text(f"{INDENT}  {number} │ {fault.source}"), soft_wrap=True)


def _show_times(proof: LessonProof, console: Console) -> None:
    for times in proof.times:
        if times.seconds:
            took = f"{1000 * median(times.seconds):7.1f} ms  at most {1000 * max(times.seconds):.1f}"
            console.print(Text(f"  {took}  line {times.line}: {times.text}", "dim"), soft_wrap=True)


def _summary(proof: LessonProof) -> str:
    wrongs = sum(step.wrongs for step in proof.steps)
    facts = [f"check strength {proof.noticed}/{proof.mutants}" if proof.mutants else "check strength not measured"]
    equivalent = sum(step.equivalent for step in proof.steps)
    facts += [f"{equivalent} of no effect"] if equivalent else []
    facts += [count(proof.points, "point"), count(proof.solutions, "solution"), count(wrongs, "wrong attempt")]
    facts += [f"{proof.runs} runs"] if proof.runs > 1 else []
    return " · ".join([*facts, f"{proof.seconds:.1f} s"])


def count(number: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
