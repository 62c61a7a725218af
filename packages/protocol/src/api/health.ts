import { Type } from 'typebox';

export const HealthView = Type.Object({ status: Type.String(), checks: Type.Record(Type.String(), Type.String()) });
