"""What stands in Discord's menu beside the commands' own descriptions, in each of our languages: at most a hundred
characters, in the name of an entry 32."""

OPTIONS = {
    "number": {
        "en": "The ticket's number; not needed in its thread",
        "sv": "Ärendets nummer; behövs inte i dess tråd",
        "da": "Sagens nummer; ikke nødvendigt i dens tråd",
    },
    "other": {
        "en": "The number of the other ticket",
        "sv": "Det andra ärendets nummer",
        "da": "Den anden sags nummer",
    },
    "text": {"en": "Your words", "sv": "Dina ord", "da": "Dine ord"},
    "person": {"en": "Who is meant", "sv": "Vem som menas", "da": "Hvem der menes"},
    "words": {
        "en": "Your question; or a command and its words: claim 42",
        "sv": "Din fråga; eller ett kommando och dess ord: claim 42",
        "da": "Dit spørgsmål; eller en kommando og dens ord: claim 42",
    },
    "priority": {"en": "How urgent it is", "sv": "Hur brådskande det är", "da": "Hvor meget det haster"},
    "queue": {"en": "The queue that shall have it", "sv": "Kön som ska få det", "da": "Køen, der skal have den"},
    "tags": {
        "en": "Tags to put on; those with a hyphen before them are taken away",
        "sv": "Taggar att sätta; de med bindestreck före tas bort",
        "da": "Mærker, der skal på; dem med bindestreg foran tages af",
    },
    "field": {"en": "Which field", "sv": "Vilket fält", "da": "Hvilket felt"},
    "value": {"en": "What it shall say", "sv": "Vad där ska stå", "da": "Hvad der skal stå"},
    "name": {
        "en": "The canned response, by its name or words of it",
        "sv": "Det fördefinierade svaret, efter namn eller ord ur det",
        "da": "Det fordefinerede svar, efter navn eller ord fra det",
    },
    "until": {
        "en": "Until when: 2h, tomorrow 9, Friday 10",
        "sv": "Till när: 2h, i morgon 9, fredag 10",
        "da": "Til hvornår: 2h, i morgen 9, fredag 10",
    },
    "language": {"en": "Your language", "sv": "Ditt språk", "da": "Dit sprog"},
    "command": {"en": "Which command", "sv": "Vilket kommando", "da": "Hvilken kommando"},
}
TICKET = {
    "en": "Open a ticket with your question; claim, answer and resolve tickets; or see what you can do",
    "sv": "Öppna ett ärende med din fråga; ta, besvara och lös ärenden; eller se vad du kan göra",
    "da": "Åbn en sag med dit spørgsmål; tag, besvar og løs sager; eller se hvad du kan gøre",
}
# the entries of a message's menu, and of a person's
POINT = {"en": "Make a ticket", "sv": "Gör ett ärende av det", "da": "Lav en sag af det"}
CLAIM = {"en": "Claim", "sv": "Ta ärendet", "da": "Tag sagen"}
SPLIT = {"en": "Split from here", "sv": "Dela härifrån", "da": "Del herfra"}
KEEP_ENTRY = {"en": "Make canned response", "sv": "Gör ett svar av det", "da": "Lav et svar af det"}
THEIRS = {"en": "Their tickets", "sv": "Deras ärenden", "da": "Deres sager"}
