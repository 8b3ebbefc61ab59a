"""The outcome lines of a trace's rows, as `loopscope steps --format=tsv` prints them."""


def fields(line):
    """'# outcome fetch=1 code=200; reason=OK' as a dict of its fields, texts of errors aside."""
    pairs = [pair.partition('=') for pair in line.partition('# outcome ')[2].split('; ')]
    first = pairs[0][2].split(' ', 1)       # "fetch=1 code=200": a space, not a semicolon
    found = {'fetch': first[0]}
    if len(first) > 1:
        pairs[0] = first[1].partition('=')
        found.update((key, value) for key, _, value in pairs if key not in ('message', 'exc'))
    return found


def outcomes(lines):
    """One dict for each fetch, in the order in which they ended."""
    return [fields(line) for line in lines
            if line.startswith('# outcome') and 'response-header' not in line]


def requests(lines):
    """What went over the wire, header fields in the order of their names."""
    found = []
    for line in lines:
        if line.startswith('# wire request'):
            parts = line.partition(': "')[2].rstrip('"').split('\\r\\n')
            end = parts.index('') if '' in parts else len(parts)
            found.append(parts[:1] + sorted(parts[1:end]) + parts[end:])
    return found
