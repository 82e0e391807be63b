"""Proofs as JSON and as JUnit XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from nstutor.errors import Fault
from nstutor.grading.result import Json
from nstutor.proof.languages import LanguageProof
from nstutor.proof.model import LessonProof, StepProof

VERSION = 1
"""Version of the JSON; it changes when a field goes or gets another meaning."""


def as_json(proofs: Sequence[LessonProof], machine: Sequence[str]) -> Mapping[str, Json]:
    """The documented object (docs/proving.md). `machine` is what changed on the machine itself."""
    return {"version": VERSION, "lessons": [_lesson(proof) for proof in proofs], "machine": list(machine)}


def _lesson(proof: LessonProof) -> Json:
    return {
        "path": proof.path,
        "seed": proof.seed,
        "proved": proof.proved,
        "error": proof.error or None,
        "faults": [_fault(fault) for fault in proof.faults],
        "strength": {
            "noticed": proof.noticed,
            "mutants": proof.mutants,
            "equivalent": sum(step.equivalent for step in proof.steps),
        },
        "steps": [_step(step, proof) for step in proof.steps],
        "findings": [_fault(proof.located(finding)) for finding in proof.findings],
        "times": [
            {"line": times.line, "check": times.text, "seconds": [round(took, 6) for took in times.seconds]}
            for times in proof.times
        ],
        "languages": {one.language: _language(one) for one in proof.languages},
        "runs": proof.runs,
        "seconds": round(proof.seconds, 3),
    }


def _language(proof: LanguageProof) -> Json:
    return {
        "path": proof.path,
        "proved": proof.proved,
        "translated": proof.translated,
        "of": proof.of,
        "missing": [_fault(fault) for fault in proof.missing],
        "faults": [_fault(fault) for fault in proof.faults],
        "findings": [_fault(fault) for fault in proof.findings],
    }


def _step(step: StepProof, proof: LessonProof) -> Json:
    return {
        "id": step.id,
        "title": step.title,
        "line": step.line,
        "proved": not step.findings,
        "already": step.already,
        "alternatives": step.alternatives,
        "wrongs": step.wrongs,
        "noticed": step.noticed,
        "mutants": step.mutants,
        "equivalent": step.equivalent,
        "findings": [_fault(proof.located(finding)) for finding in step.findings],
    }


def _fault(fault: Fault) -> Json:
    return {"line": fault.line, "column": fault.column, "message": fault.message}


def as_junit(proofs: Sequence[LessonProof], machine: Sequence[str]) -> str:
    """A test suite for each lesson, with a case for its form and one for each step and language."""
    root = ET.Element("testsuites", name="nstutor lesson test")
    for proof in proofs:
        _suite(root, proof)
    if machine:
        suite = ET.SubElement(root, "testsuite", name="machine", tests="1", failures="1")
        _case(suite, "machine", "unchanged", machine)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ET.Element, proof: LessonProof) -> None:
    of_file = [*([proof.error] if proof.error else []), *map(str, proof.faults)]
    of_file += [str(proof.located(finding)) for finding in proof.findings]
    cases = {"lesson": of_file}
    cases |= {step.id: [str(proof.located(finding)) for finding in step.findings] for step in proof.steps}
    cases |= {f"language {one.language}": _held_against(one) for one in proof.languages}
    failures = sum(bool(messages) for messages in cases.values())
    name = proof.path if proof.seed is None else f"{proof.path} (seed {proof.seed})"
    suite = ET.SubElement(
        root, "testsuite", name=name, tests=str(len(cases)), failures=str(failures), time=f"{proof.seconds:.3f}"
    )
    for case, messages in cases.items():
        _case(suite, name, case, messages)


def _held_against(proof: LanguageProof) -> list[str]:
    return list(map(str, (*proof.faults, *proof.findings, *(proof.missing if proof.demanded else ()))))


def _case(suite: ET.Element, path: str, name: str, messages: Sequence[str]) -> None:
    case = ET.SubElement(suite, "testcase", classname=path, name=name)
    if messages:
        failure = ET.SubElement(case, "failure", message=messages[0].split("\n")[0])
        failure.text = "\n".join(messages)
