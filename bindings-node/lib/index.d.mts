import * as elementkit from './index.js';

export * from './index.js';
export default elementkit;
