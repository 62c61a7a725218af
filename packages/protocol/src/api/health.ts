import { Type } from '../schema/type.ts';

export const HealthView = Type.Object({ status: Type.String(), checks: Type.Record(Type.String(), Type.String()) });
