#!/usr/bin/env python3
"""What is said to people in two languages: where it stands, and how its Chinese is punctuated."""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import tap

TREE = 'core', 'samples', 'trace', 'tui'
DRAWS = 'trace/cmd', 'trace/export', 'tui'      # what prints and draws
CHINESE = '\u4e00-\u9fff'
FULL = CHINESE + '，。：；？！、（）《》“”'

# A mark of the width of a letter that belongs to Chinese: it stands right behind a Chinese
# character or mark, or nothing but blanks parts it from one that follows.  The brackets of
# stop(), what is typed as it stands (kind:名称) and the sign !! do not count.
HALF = re.compile(r'''
    (?<=[%(full)s]) [,:;?!()]
  | ( [,;?(] | : \  | (?<![a-z]) : ) \ * (?=[%(chinese)s])
  | (?<! \( ) \) (?=[%(chinese)s])
''' % {'full': FULL, 'chinese': CHINESE}, re.VERBOSE)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def sources(rooms, *endings):
    for room in rooms:
        for ending in endings:
            pattern = os.path.join(tap.TOP, room, '**', '*' + ending)
            yield from sorted(glob.glob(pattern, recursive=True))


def lines_of(path):
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            yield '%s:%d' % (os.path.relpath(path, tap.TOP), number), line


def test_tables():
    found = [where for path in sources(DRAWS, '.c', '.h') for where, line in lines_of(path)
             if re.search('[%s]' % CHINESE, line)]
    tap.check(not found, 'Chinese stands in tables (.def), not in the code that draws', '\n'.join(found))


def test_the_rule():
    for text in ('循环 poll, 等待', '错误: %s', '（见 27); 所以', '没有行 %; 行号', '(再次)', '行 (中文',
                 '关闭;', 'end; 或'):
        tap.check(HALF.search(text), 'a mark of half width is found in %s' % text)
    for text in ('循环 poll，等待', '已调用 stop()', 'stop() 的循环', '搜索：kind:名称', '用 :77 前往',
                 'waker READ, fd#1 READ', '循环（次序不定）', '第 3 轮 · 1.5 ms'):
        tap.check(not HALF.search(text), 'there is none in %s' % text, HALF.search(text))


def test_punctuation():
    found = ['%s: %s' % (where, text) for path in sources(TREE, '.def') for where, line in lines_of(path)
             for text in STRING.findall(line) if HALF.search(text)]
    tap.check(not found, 'Chinese sentences have marks of full width', '\n'.join(found))


test_tables()
test_the_rule()
test_punctuation()
tap.finish()
