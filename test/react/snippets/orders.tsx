import { useClient, useSubscription } from '@skreaver/react';
import { useQuery, useQueryClient } from '@tanstack/react-query';

export function OrderCount() {
  const client = useClient();
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['orders'],
    queryFn: ({ signal }) => client.request('orders.count', {}, { signal }),
  });
  const refresh = () => void queries.invalidateQueries({ queryKey: ['orders'] });
  useSubscription('orders', refresh, { onReset: refresh });
  return <p>{String(data)} orders</p>;
}
