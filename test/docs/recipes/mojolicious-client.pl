use Mojo::Base -strict;
use Mojo::JSON 'encode_json';
use Mojo::UserAgent;

my $agent = Mojo::UserAgent->new(inactivity_timeout => 0);
# without the header "Sec-WebSocket-Extensions: permessage-deflate"
$agent->websocket('ws://localhost:8080/ws' => sub {
  my ($agent, $ws) = @_;
  die 'refused' unless $ws->is_websocket;
  $ws->on(json => sub {
    my ($ws, $message) = @_;
    if    ($message->{type} eq 'ping')  { $ws->send({json => {type => 'pong'}}) }
    elsif ($message->{type} eq 'event') { say encode_json $message->{data} }
  });
  $ws->on(finish => sub { Mojo::IOLoop->stop });
  $ws->send({json => {type => 'subscribe', data => {channels => ['agent-updates']}}});
});
Mojo::IOLoop->start;
