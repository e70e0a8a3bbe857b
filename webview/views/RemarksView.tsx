import type { RunData } from '../state/runData';
import { Icon } from './Icon';

/** What one should know of the run though nothing is wrong with it. */
export function RemarksView({ data }: { data: RunData }) {
  const remarks = data.catalog?.remarks ?? [];
  return (
    <>
      {remarks.map((remark) => (
        <p key={remark} class="remark" data-remark>
          <Icon name="info" /> {remark}
        </p>
      ))}
    </>
  );
}
