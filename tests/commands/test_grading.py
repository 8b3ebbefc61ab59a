#!/usr/bin/env python3
"""loopscope check --rules and --against: the examples of docs/grading.md, and what goes wrong."""
import os
import re
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import tap

SCENARIOS = os.path.join(tap.TOP, 'tests', 'golden', 'scenarios')


def blocks():
    """(kind, name, text) of the fenced blocks of the document, in order."""
    with open(os.path.join(tap.TOP, 'docs', 'grading.md'), encoding='utf-8') as f:
        return re.findall(r'^```(rules|console) ?(\S*)\n(.*?)^```', f.read(), re.M | re.S)


def commands(text):
    """(command, what it prints) of a console block."""
    for part in re.split(r'^\$ ', text, flags=re.M)[1:]:
        command, _, printed = part.partition('\n')
        yield command, printed


def alike(printed, documented):
    """Equal, row numbers aside; a documented '...' stands for all the rest."""
    printed, documented = (re.sub(r'row \d+', 'row N', t) for t in (printed, documented))
    if documented.endswith('...\n'):
        return printed.startswith(documented[:-4])
    return printed == documented


def test_examples(folder):
    os.symlink(os.path.abspath(os.path.join(tap.TOP, 'tests')), os.path.join(folder, 'tests'))
    examples, status = 0, None
    for kind, name, text in blocks():
        if kind == 'rules':
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
                f.write(text)
            continue
        examples += 1
        for command, printed in commands(text):
            if command == 'echo $?':
                tap.check(printed.strip() == str(status), 'it exits with ' + printed.strip(),
                          status)
                continue
            words = command.split()
            result = tap.loopscope(*words[1:], cwd=folder)
            status = result.returncode
            if words[1] == 'check':
                tap.check(alike(result.stdout, printed), command,
                          'printed:\n%s%s\ndocumented:\n%s' % (result.stdout, result.stderr,
                                                               printed))
            else:
                tap.check(status == 0, command, result.stderr)
    tap.check(examples == 3, 'there are three examples', examples)


def rules(trace, text):
    return tap.loopscope('check', trace, '--rules=-', stdin=None, input=text)


def holds(trace, text, expected, name=None):
    result = rules(trace, text + '\n')
    tap.check(result.returncode == (0 if expected else 1) and
              ('\nok 1' in result.stdout) == expected,
              '%s: %s' % (name or text, 'holds' if expected else 'does not hold'),
              result.stdout + result.stderr)


def test_language(trace):
    for text, expected in (
            ('step:28 in a later turn than step:23', True),
            ('step:23 in a later turn than step:28', False),
            ('step:23 in an earlier turn than step:28', True),
            ('step:22 in the same turn as step:23', True),
            ('kind:add_handler(WRITE) before step:26', True),
            ('add_handler(WRIT) before step:26', False),
            ('add_handler(events=WRITE|ERROR, fd=fd#1) before step:26', True),
            ('add_handler(WRITE, fd=waker)', False),
            ('count step:38 = 2', True), ('count step:38 != 2', False),
            ('count step:38 >= 3', False), ('count step:38 <= 2', True),
            ('count step:38 > 1', True), ('count step:38 < 2', False),
            ('never user.exception', True), ('never user.response', False),
            ('some user.response(code=200)', True), ('user.response(code=20)', False),
            ('step:38#2 after step:38', True), ('step:38#3', False),
            ('step:40#last after step:40#1', True),
            ('_add_io_state inside IOStream.connect', True),
            ('IOStream.connect inside _add_io_state', False),
            ('_on_connect caused by add_handler(WRITE)', True),
            ('_on_connect caused by user.response', False),
            ('_run_callback(wrapper)', True),
            ('never step:38#3', True), ('never step:38#2', False), ('never step:38#last', False),
            ('never user.crash', True), ('user.crash', False),
            ('count ioloop.PollIOLoop.initialize.<lambda> > 0', True),
            ('count step:38>=2', True),
            ('count PollIOLoop.start:return = 1', True)):
        holds(trace, text, expected)
    result = rules(trace, 'never step:38#2\n')
    tap.check('# it happened 2 times, number 2 in row ' in result.stdout,
              'never EVENT#2 tells which one', result.stdout)
    for text, status in (('\ufeffcount step:38 = 2', 0), ('count step:38 = 3\r', 1)):
        tap.check(rules(trace, text + '\n').returncode == status, 'read: %r' % text)


def test_kernel(folder, trace):
    """Rules about what the kernel saw, whether or not it was watched."""
    made = {}
    for name, value in (('on', 'on'), ('off', 'off')):
        made[name] = os.path.join(folder, 'kernel-%s.db' % name)
        db, source = sqlite3.connect(made[name]), sqlite3.connect(trace)
        source.backup(db)
        db.execute("DELETE FROM events WHERE kind >= 3000 AND kind < 4000")
        db.execute("DELETE FROM kinds WHERE kind >= 3000 AND kind < 4000")
        db.execute("UPDATE run SET value = ? WHERE key = 'kernel_rows'", (value,))
        if name == 'on':
            db.execute("INSERT INTO kinds VALUES (3011, 'kernel_recvfrom', 'kernel.recvfrom', "
                       "'instant', 'kernel', 'info', 'fd:fd result:count args:str', '', '', '')")
            db.execute("INSERT INTO kinds VALUES (3014, 'kernel_shutdown', 'kernel.shutdown', "
                       "'instant', 'kernel', 'info', 'fd:fd result:count args:str', '', '', '')")
            row = db.execute("SELECT max(seq) FROM events JOIN kinds USING (kind) "
                             "WHERE name = 'run.response_header'").fetchone()[0]
            db.execute("UPDATE events SET kind = 3011, detail = '', parent = 1 WHERE seq = ?", (row,))
            db.execute("INSERT OR REPLACE INTO syscalls VALUES (?, 'recvfrom', 7, NULL, "
                       "'fd#1 max=4096', 62, '62', 9)", (row,))
        db.commit()
        db.close()
    for text, status in (('kernel.recvfrom', 0), ('never kernel.recvfrom', 1),
                         ('count kernel.recvfrom(max=4096, 62) = 1', 0),
                         ('kernel.recvfrom after step:42', 0), ('never kernel.shutdown', 0),
                         ('never kernel.frobnicate', 2), ('never recvfrom', 2)):
        result = rules(made['on'], text + '\n')
        tap.check(result.returncode == status, '%s: exit %d' % (text, status), result)
    for text in ('kernel.recvfrom', 'never kernel.recvfrom', 'kernel.recvfrom after step:42'):
        result = rules(made['off'], text + '\n')
        tap.check(result.returncode == 2 and 'nobody watched the kernel' in result.stdout,
                  'without the kernel: %s' % text, result)
    tap.check(rules(made['off'], 'step:42\nnever user.exception\n').returncode == 0,
              '... other rules are told')


def test_trouble(folder, trace):
    for text, words in (('step:28 maybe step:23', '1:'), ('count step:38', '1:'),
                        ('\n# fine\ncount step:38 = many', '3:'), ('before step:3', '1:'),
                        ('add_handler(WRITE', '1:'), ('step:38#0', '1:'), ('', 'no rules'),
                        ('x' * 2000, 'too long'), ('never ', '1:'),
                        ('step:42\nnever _on_timout', "no event is called '_on_timout'"),
                        ('never on_headers', "no event is called 'on_headers'"),
                        ('step:42 before never_ever', 'line 1'),
                        ('handler', 'no event is called'),  # only whole parts of a name are one
                        ('step:99', 'no step 99'),
                        ('never step:99', 'no step 99'), ('count step:38#2 = 1', 'all occurrences'),
                        ('step:42 \0 before step:1', 'NUL'), ('step:42\0', 'NUL'),
                        ('step:42\n' * 1001, 'more than 1000 rules')):
        result = rules(trace, text + '\n')
        tap.check(result.returncode == 2 and tap.sentence(result) and words in result.stderr and
                  not result.stdout, 'refused: %.30r' % text, result)
    for words in ((trace, '--rules=/nowhere'), ('--rules=-',), ('/nowhere', '--against=article'),
                  (trace, '--against=poem'), (trace, '--rules=-', '--against=article')):
        result = tap.loopscope('check', *words)
        tap.check(result.returncode == 2 and tap.sentence(result), 'exit 2: %s' % (words,), result)
    gap = os.path.join(folder, 'gap.db')
    db, source = sqlite3.connect(gap), sqlite3.connect(trace)
    source.backup(db)
    db.execute("INSERT INTO gaps (after, source, lost, reason) VALUES (100, 'program', 3, 'full')")
    db.commit()
    db.close()
    result = rules(gap, 'never user.exception\nuser.response\ncount step:38 = 2\n'
                        'step:22 before step:23\n')
    tap.check(result.returncode == 2 and
              re.findall(r'^(?:not )?ok', result.stdout, re.M) == ['not ok', 'ok', 'not ok', 'ok']
              and 'events are missing after row 100' in result.stdout,
              'a gap leaves open what cannot be told', result.stdout)


def steps_of(text):
    """{step: word} of the answer."""
    return {m.group(2): m.group(1)
            for m in re.finditer(r'^(taken|missed|spared|early) +(\S+)', text, re.M)}


def test_article(folder):
    for name, status, missed, spared, reason in (
            ('chunked-2-article', 0, [], [], 'in order'),
            ('chunked-1-one-segment', 0, [], ['35', '36'], 'already arrived'),
            ('cl-one-segment', 1, ['34', '37', '41'], [], 'not chunked: it has a length'),
            ('chunked-zero', 1, ['38', '39', '40', '41'], None,
             'the body is empty: its first chunk is the last one (row '),
            ('until-close', 1, ['34', '38'], [], 'ends with the connection'),
            ('status-204', 1, ['34', '40'], [], 'no body'),
            ('refused', 1, ['28', '33', '42'], [], 'ECONNREFUSED'),
            ('timeout-no-headers', 1, ['33', '42'], [], 'a timeout fired'),
            ('resolve-fails', 1, ['12', '20', '30'], [], 'gaierror'),
            ('close-before-headers', 1, ['33', '42'], [], 'the peer closed'),
            ('loop-restart', 1, ['0', '51'], [], 'nothing is fetched')):
        trace = os.path.join(folder, name + '.db')
        tap.loopscope('play', '--skip-pauses', '-o', trace, os.path.join(SCENARIOS, name + '.scn'))
        result = tap.loopscope('check', trace, '--against=article')
        steps = steps_of(result.stdout)
        tap.check(result.returncode == status and len(steps) == 78 and
                  all(steps[s] == 'missed' for s in missed) and
                  spared in (None, [s for s in steps if steps[s] == 'spared']) and
                  (missed or 'missed' not in steps.values()) and reason in result.stdout,
                  'the walk in ' + name, result.stdout + result.stderr)
    by_name = tap.loopscope('check', trace, '--against=client-3x')
    tap.check(by_name.stdout == result.stdout and by_name.returncode == 1,
              'article is another name of client-3x', by_name)
    other = tap.loopscope('check', trace, '--against=client-4x')
    tap.check(other.returncode == 2 and tap.sentence(other) and '4.3' in other.stderr,
              'a walk through another generation is refused', other)
    walks = tap.loopscope('help', 'walks').stdout
    tap.check(all('\n  client-%s ' % n in walks for n in ('3x', '4x')), 'help lists the walks', walks)
    # rows in another order: what came first is told
    trace = os.path.join(folder, 'cl-one-segment.db')
    db = sqlite3.connect(trace)
    db.execute("UPDATE article SET step = CASE step WHEN '22' THEN '23' ELSE '22' END "
               "WHERE step IN ('22', '23')")
    db.commit()
    db.close()
    result = tap.loopscope('check', trace, '--against=article')
    tap.check(steps_of(result.stdout)['23'] == 'early' and 'not all in order' in result.stdout,
              'a step before its turn is early', result.stdout)


def main():
    folder = tap.folder()
    test_examples(folder)
    trace = os.path.join(folder, 'connect.db')
    test_language(trace)
    test_kernel(folder, trace)
    test_trouble(folder, trace)
    test_article(folder)
    tap.finish()


if __name__ == '__main__':
    main()
