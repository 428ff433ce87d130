'use strict';
// Warnings of the platform about a call that succeeded.

/** A warning of the platform. Node prints it, unless `warnings` is `ignore` or a listener of the process handles it. */
class ElementKitWarning extends Error {
  constructor({ code, message, field, suggestion }) {
    super(suggestion === undefined ? message : `${message} (did you mean ${suggestion}?)`);
    this.name = 'ElementKitWarning';
    Object.assign(this, { code, field, suggestion });
  }

  toJSON() {
    return { name: this.name, message: this.message, code: this.code, field: this.field, suggestion: this.suggestion };
  }
}

module.exports = { ElementKitWarning };
