/** Mocha's build for browsers defines the globals that @types/mocha declares; its own exports are not used. */
declare module 'mocha/mocha.js';
