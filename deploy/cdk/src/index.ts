export * from './auto-rollback';
export * from './metrics';
export * from './settings';
