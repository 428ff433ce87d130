// Patterns and templates of the scenarios; see tests/scenarios/README.md.
import assert from 'node:assert/strict';

export function check(pattern, value, at = '') {
  const show = () => JSON.stringify(value);
  if (typeof pattern === 'string' && pattern.startsWith('$')) {
    const [word, part] = pattern.split(/:(.*)/s);
    const holds = {
      $any: () => value !== undefined,
      $absent: () => value === undefined || value === null,
      $text: () => typeof value === 'string' && value !== '',
      $number: () => typeof value === 'number',
      $bool: () => typeof value === 'boolean',
      $contains: () => typeof value === 'string' && value.includes(part),
    }[word];
    assert.ok(holds?.(), `${at}: expected ${pattern}, got ${show()}`);
  } else if (Array.isArray(pattern)) {
    assert.ok(
      Array.isArray(value) && value.length === pattern.length,
      `${at}: expected ${pattern.length} elements, got ${show()}`,
    );
    pattern.forEach((each, index) => check(each, value[index], `${at}/${index}`));
  } else if (pattern !== null && typeof pattern === 'object') {
    if ('$length' in pattern) {
      assert.ok(Array.isArray(value), `${at}: expected an array, got ${show()}`);
      assert.equal(value.length, pattern.$length, `${at}: length`);
      return;
    }
    assert.ok(value !== null && typeof value === 'object', `${at}: expected an object, got ${show()}`);
    for (const [name, member] of Object.entries(pattern)) check(member, value[name], `${at}/${name}`);
  } else {
    assert.deepEqual(value ?? null, pattern, `${at}: expected ${JSON.stringify(pattern)}, got ${show()}`);
  }
}

/** Replaces references by stored values: `{{name/path}}`. */
export function fill(template, values) {
  if (typeof template === 'string') {
    const whole = /^\{\{([^{}]+)\}\}$/.exec(template);
    if (whole) return lookUp(whole[1], values);
    return template.replace(/\{\{([^{}]+)\}\}/g, (_, reference) => String(lookUp(reference, values)));
  }
  if (Array.isArray(template)) return template.map((each) => fill(each, values));
  if (template !== null && typeof template === 'object') {
    return Object.fromEntries(Object.entries(template).map(([name, member]) => [name, fill(member, values)]));
  }
  return template;
}

function lookUp(reference, values) {
  return reference.split('/').reduce((value, part) => value[part], values);
}
