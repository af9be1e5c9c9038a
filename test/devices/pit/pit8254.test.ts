import test from 'ava';
import fc from 'fast-check';
import { Pit8254 } from '../../../src/devices/pit/pit8254.js';
import { throwsInputError } from '../../guest/formats/errors.js';

/** A PIT with one step per tick; `at(tick)` goes there. */
function setup(stepsPerTick = 1) {
  let fired = 0;
  let level = false;
  const pit = new Pit8254({
    stepsPerTick,
    irq: (high) => {
      if (high && !level) fired++;
      level = high;
    },
  });
  const write = (port: number, ...values: readonly number[]): void => {
    for (const value of values) pit.write(port, 1, value);
  };
  const word = (port: number): number => pit.read(port) | (pit.read(port) << 8);
  return {
    pit,
    write,
    word,
    at: (step: number) => {
      pit.tick(step);
    },
    fired: () => fired,
  };
}

test('nothing counts before it is programmed', (t) => {
  const { pit, at, fired } = setup();
  t.is(pit.nextEventStep(), Infinity);
  at(1_000_000);
  t.is(fired(), 0);
});

test('mode 0 interrupts once, a tick after the count', (t) => {
  const { pit, write, at, fired } = setup();
  write(0x43, 0x30);
  write(0x40, 100, 0);
  t.is(pit.nextEventStep(), 101);
  at(100);
  t.is(fired(), 0);
  at(101);
  t.is(fired(), 1);
  t.is(pit.nextEventStep(), Infinity);
  at(200_000);
  t.is(fired(), 1);
});

test('mode 0 counts down and on', (t) => {
  const { write, word, at } = setup();
  write(0x43, 0x30);
  write(0x40, 0x00, 0x01);
  at(17);
  t.is(word(0x40), 0x100 - 16);
  at(257 + 3);
  t.is(word(0x40), 0xfffd);
});

for (const [mode, control] of [
  [2, 0x34],
  [3, 0x36],
] as const) {
  test(`mode ${mode} interrupts every period`, (t) => {
    const { pit, write, at, fired } = setup(8);
    write(0x43, control);
    write(0x40, 10, 0);
    const steps = [];
    for (let i = 0; i < 3; i++) {
      steps.push(pit.nextEventStep());
      at(steps.at(-1)!);
    }
    t.deepEqual(steps, [88, 168, 248]);
    t.is(fired(), 3);
    at(10_000);
    t.is(fired(), 4, 'periods gone by at once are one edge');
  });
}

test('a new count waits for the end of the period', (t) => {
  const { pit, write, at } = setup();
  write(0x43, 0x34);
  write(0x40, 10, 0);
  at(5);
  write(0x40, 100, 0);
  t.is(pit.nextEventStep(), 11);
  at(11);
  t.is(pit.nextEventStep(), 111);
  const late = setup();
  late.write(0x43, 0x34);
  late.write(0x40, 10, 0);
  late.write(0x40, 100, 0);
  late.at(350);
  t.is(late.pit.nextEventStep(), 411);
});

test('a count of 0 is 65536, in BCD 10000', (t) => {
  const { pit, write } = setup();
  write(0x43, 0x34);
  write(0x40, 0, 0);
  t.is(pit.nextEventStep(), 65537);
  write(0x43, 0x35);
  write(0x40, 0, 0);
  t.is(pit.nextEventStep(), 10001);
});

test('BCD counts read as decimal digits', (t) => {
  const { write, word, at } = setup();
  write(0x43, 0x35);
  write(0x40, 0x00, 0x20);
  at(2);
  t.is(word(0x40), 0x1999);
});

test('mode 3 counts in twos, mode 2 in ones', (t) => {
  const { write, word, at } = setup();
  write(0x43, 0x36);
  write(0x40, 100, 0);
  write(0x43, 0x74);
  write(0x41, 100, 0);
  at(11);
  t.deepEqual([word(0x40), word(0x41)], [80, 90]);
  at(61);
  t.deepEqual([word(0x40), word(0x41)], [80, 40]);
});

test('a latched count stays while the counter goes on', (t) => {
  const { pit, write, word, at } = setup();
  write(0x43, 0x34);
  write(0x40, 0xe8, 0x03);
  at(101);
  write(0x43, 0x00);
  at(201);
  write(0x43, 0x00);
  t.is(word(0x40), 900);
  t.is(word(0x40), 800);
  write(0x43, 0x14); // low byte only
  write(0x40, 50);
  at(211);
  t.is(pit.read(0x40), 41);
  t.is(pit.read(0x40), 41);
  write(0x43, 0x24); // high byte only
  write(0x40, 2);
  t.is(pit.read(0x40), 2);
});

test('read-back latches status and count of several counters', (t) => {
  const { pit, write, word, at } = setup();
  write(0x43, 0x36);
  write(0x43, 0xb0);
  write(0x40, 100, 0);
  write(0x43, 0xca); // count and status of counters 0 and 2
  t.is(pit.read(0x40), 0x80 | 0x36, 'OUT high, count loaded');
  t.is(pit.read(0x42), 0x40 | 0x30, 'OUT low, no count');
  write(0x43, 0xe2); // status alone
  at(61);
  t.is(pit.read(0x40), 0x80 | 0x36);
  t.is(word(0x40), 100, 'count latched by the first read-back');
  t.is(pit.read(0x43), 0xff);
});

test('port 0x61 shows and gates counter 2', (t) => {
  const { pit, write, at } = setup();
  t.is(pit.read(0x61) & 0x2f, 0x20);
  write(0x43, 0xb0);
  write(0x42, 50, 0);
  at(1000);
  t.is(pit.read(0x61) & 0x2f, 0, 'the gate is closed');
  write(0x61, 0xf1);
  at(1049);
  t.is(pit.read(0x61) & 0x2f, 0x01);
  at(1050);
  t.is(pit.read(0x61) & 0x2f, 0x21);
});

test('a closed gate stops mode 0 and an open one goes on', (t) => {
  const { pit, write, word, at } = setup();
  write(0x61, 1);
  write(0x43, 0xb0);
  write(0x42, 100, 0);
  at(41);
  write(0x61, 0);
  at(500);
  t.is(word(0x42), 60);
  write(0x61, 1);
  at(559);
  t.is(pit.read(0x61) & 0x20, 0);
  at(560);
  t.is(pit.read(0x61) & 0x20, 0x20);
});

test('modes 1 and 5 start with the gate', (t) => {
  const { pit, write, at } = setup();
  const out = () => (pit.read(0x61) & 0x20) !== 0;
  write(0x43, 0xb2);
  write(0x42, 10, 0);
  t.true(out());
  write(0x61, 1);
  t.false(out());
  at(11);
  t.true(out());
  write(0x61, 0);
  write(0x61, 1);
  t.false(out(), 'triggered again');
  write(0x61, 0);
  write(0x43, 0xba);
  write(0x42, 10, 0);
  write(0x61, 1);
  const lows = [];
  for (let tick = 12; tick < 30; tick++) {
    at(tick);
    if (!out()) lows.push(tick);
  }
  t.deepEqual(lows, [22], 'a strobe of one tick');
});

test('mode 2 with its gate closed holds OUT high and starts afresh', (t) => {
  const { pit, write, at } = setup();
  write(0x61, 1);
  write(0x43, 0xb4);
  write(0x42, 10, 0);
  at(10);
  t.is(pit.read(0x61) & 0x20, 0, 'the last tick of the period');
  write(0x61, 0);
  t.is(pit.read(0x61) & 0x20, 0x20);
  at(15);
  write(0x61, 1);
  at(25);
  t.is(pit.read(0x61) & 0x20, 0);
});

test('the refresh bit goes back and forth', (t) => {
  const { pit, at } = setup();
  const bits = [0, 18, 36, 54].map((tick) => {
    at(tick);
    return pit.read(0x61) & 0x10;
  });
  t.deepEqual(bits, [0, 0x10, 0, 0x10]);
});

test('in whichever strides time passes, the timer fires at its event steps', (t) => {
  const stride = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      fc.array(stride, { maxLength: 60 }),
      fc.integer({ min: 2, max: 30 }),
      (all, count) => {
        const { pit, write, at, fired } = setup(4);
        write(0x43, 0x34);
        write(0x40, count, 0);
        let step = 0;
        for (const size of all) {
          const before = fired();
          const due = pit.nextEventStep() <= step + size;
          step += size;
          at(step);
          t.is(fired() > before, due);
        }
      },
    ),
  );
});

test('broken state is refused', (t) => {
  const { pit } = setup();
  throwsInputError(
    t,
    () => {
      pit.restore(new Uint8Array(5));
    },
    'pit',
    '5 bytes',
  );
  const saved = pit.save();
  throwsInputError(
    t,
    () => {
      pit.restore(new Uint8Array(saved.length));
    },
    'pit',
  );
  throwsInputError(
    t,
    () => {
      pit.restore(new Uint8Array(saved.length).fill(0xff));
    },
    'pit',
  );
});
